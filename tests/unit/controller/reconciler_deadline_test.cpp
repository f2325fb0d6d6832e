#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "controller/reconciler.h"
#include "core/conditions.h"
#include "support/builders.h"
#include "support/world.h"

using controller::Outcome;
using controller::PassLimit;
using controller::Reconciler;
using core::Reason;
using tests::World;
using namespace std::chrono_literals;

namespace {

// Two topics' commits are deleted: two requests.
World world_of_two_requests() {
  const core::Spec spec = tests::SpecBuilder().topics(
      {{"archive", {}, core::ToPosition{core::Position::None}}, {"orders", {}, {}}});
  return World(tests::resource(spec), std::map<std::string, World::Topic>{
                                          {"archive", {{0, 100, core::Commit{70, 0, ""}, {}}}},
                                          {"orders", {{0, 100, core::Commit{90, 0, ""}, {}}}}});
}

struct Pass {
  Outcome outcome;
  std::vector<std::string> effects;  // that were begun
};

// The pass during which the effect `slow` takes so long; empty: none.
Pass run(World& world, const std::string& slow, std::chrono::seconds takes = 61s) {
  std::chrono::steady_clock::time_point clock;
  Pass pass;
  bool was_slow = false;
  const auto at_effect = [&](std::string_view moment) {
    if (moment.starts_with("before ")) pass.effects.emplace_back(moment.substr(7));
    if (moment == "after " + slow && !std::exchange(was_slow, true)) clock += takes;
  };
  Reconciler reconciler(
      world, world, [] { return tests::at_second(2'000); }, at_effect,
      PassLimit{60s, [&] { return clock; }});
  core::Observed seen;
  seen.resource = world.resource();
  seen.now = tests::at_second(2'000);
  pass.outcome = reconciler.reconcile(std::move(seen));
  return pass;
}

std::string message(const World& world) {
  return world.resource().status.conditions.front().message;
}

}  // namespace

TEST_CASE("a pass that has taken too long begins nothing more but to write what it came to") {
  using Effects = std::vector<std::string>;
  const Effects whole{"ReadKafka",     "SavePlan", "CommitPlan", "CommitRequest",
                      "CommitRequest", "Verify",   "Finish"};
  World straight = world_of_two_requests();
  CHECK(run(straight, "").effects == whole);

  struct Case {
    std::string slow;
    Effects effects;
    Reason reason;
  };
  const std::vector<Case> cases{
      {"ReadKafka", {"ReadKafka"}, Reason::KafkaUnavailable},
      {"SavePlan",
       {"ReadKafka", "SavePlan", "CommitPlan", "Finish"},
       Reason::KubernetesUnavailable},
      {"CommitRequest",
       {"ReadKafka", "SavePlan", "CommitPlan", "CommitRequest", "Finish"},
       Reason::KafkaUnavailable},
      {"CommitPlan",
       {"ReadKafka", "SavePlan", "CommitPlan", "CommitRequest", "CommitRequest", "Finish"},
       Reason::KafkaUnavailable},
      {"Verify", whole, Reason::OffsetsReset},
  };
  for (const Case& each : cases) {
    CAPTURE(each.slow);
    World world = world_of_two_requests();
    const Pass pass = run(world, each.slow);
    CHECK(pass.effects == each.effects);
    CHECK(pass.outcome.result.reason == each.reason);
    CHECK(pass.outcome.was_too_long == (each.reason != Reason::OffsetsReset));

    for (int i = 0; i < 5 && !world.resource().status.closed; ++i) run(world, "");
    CHECK(reason_of(world.resource().status) == Reason::OffsetsReset);
    CHECK(world.effective_commits() == 2);
    CHECK(world.commits_of_group() == World::Commits{{{"orders", 0}, 10}});
  }
}

TEST_CASE("a reset whose pass took too long says what did") {
  World world = world_of_two_requests();
  run(world, "SavePlan", 75s);
  CHECK(message(world) ==
        "committing: left to the next attempt, as this one has taken 75 s, 75 s of it writing the "
        "plan into the status");
}
