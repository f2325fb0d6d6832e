#include "controller/reconciler.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "support/builders.h"
#include "support/reconciling.h"
#include "support/world.h"

using controller::Outcome;
using controller::Reconciler;
using core::Reason;
using tests::Crash;
using tests::World;

namespace {

const std::vector<std::string> kMoments{
    "before ReadKafka",  "after ReadKafka",      "before SavePlan",     "after SavePlan",
    "before CommitPlan", "before CommitRequest", "after CommitRequest", "after CommitPlan",
    "before Verify",     "after Verify",         "before Finish",       "after Finish"};

World world_of_two() {
  return World(tests::resource(),
               {{0, 100, core::Commit{90, 0, ""}, {}}, {0, 100, core::Commit{80, 0, ""}, {}}});
}

void check_reset_once(const World& world) {
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.effective_commits() == 1);
  CHECK(world.committed(0) == 10);
  CHECK(world.committed(1) == 10);
  CHECK(world.resource().status.rows.at(0).before == 90);
  CHECK(world.resource().status.rows.at(1).before == 80);
}

}  // namespace

TEST_CASE("a straight reset is two status writes and one commit") {
  World world = world_of_two();
  std::vector<std::string> moments;
  run(world, [&](std::string_view at) { moments.emplace_back(at); });
  CHECK(moments == kMoments);
  CHECK(world.status_writes() == 2);
  CHECK(world.commits() == 1);
  check_reset_once(world);
}

TEST_CASE("a straight reset is one event, also if it is interrupted") {
  for (const std::string moment : {"after SavePlan", "after CommitPlan"}) {
    World world = world_of_two();
    run_and_crash(world, moment);
    CHECK(world.events.empty());
    run_to_the_end(world);
    run(world);
    REQUIRE(world.events.size() == 1);
    CHECK(world.events[0].reason == "OffsetsReset");
    CHECK(world.events[0].uid == world.resource().uid);
  }
}

TEST_CASE("what could not be written is not told") {
  World world = world_of_two();
  world.fail_write = [] { return core::Error{Reason::KubernetesUnavailable, "away"}; };
  run(world);
  CHECK(world.events.empty());
}

TEST_CASE("a closed resource costs nothing") {
  World world = world_of_two();
  run(world);
  const int reads = world.reads();
  run(world);
  CHECK(world.reads() == reads);
  CHECK(world.status_writes() == 2);
}

TEST_CASE("killed before or after any effect and started again, there is one effective reset") {
  for (const auto& moment : kMoments) {
    CAPTURE(moment);
    World world = world_of_two();
    run_and_crash(world, moment);
    run_to_the_end(world);
    check_reset_once(world);
  }
}

TEST_CASE("killed twice in a row, there is still one effective reset") {
  for (const auto& first : kMoments) {
    for (const std::string second : {"before CommitPlan", "after CommitPlan", "before Finish"}) {
      CAPTURE(first);
      CAPTURE(second);
      World world = world_of_two();
      run_and_crash(world, first);
      try {
        run(world, [&](std::string_view at) {
          if (at == second) throw Crash();
        });
      } catch (const Crash&) {
      }
      run_to_the_end(world);
      check_reset_once(world);
    }
  }
}

TEST_CASE("killed after the commit, consumers that moved on meanwhile are not rewound") {
  for (const std::string moment :
       {"after CommitPlan", "before Verify", "after Verify", "before Finish"}) {
    for (const std::int64_t moved_to : {11, 50, 80, 90, 100}) {
      CAPTURE(moment);
      CAPTURE(moved_to);
      World world = world_of_two();
      run_and_crash(world, moment);
      world.consume_to(0, moved_to);
      run_to_the_end(world);
      CHECK(reason(world) == Reason::OffsetsMoved);
      CHECK(world.committed(0) == moved_to);
      CHECK(world.committed(1) == 10);
      CHECK(world.effective_commits() == 1);
    }
  }
}

TEST_CASE(
    "killed after the commit, consumers that came back to exactly where they were are not "
    "rewound") {
  World world = world_of_two();
  run_and_crash(world, "after CommitPlan");
  world.consume_to(0, 90);
  world.consume_to(1, 80);
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsMoved);
  CHECK(world.committed(0) == 90);
  CHECK(world.committed(1) == 80);
  CHECK(world.effective_commits() == 1);
}

TEST_CASE("replies that are lost after they were applied do no harm") {
  const auto once = [](Reason reason) {
    return [reason, is_left = true]() mutable -> std::optional<core::Error> {
      return std::exchange(is_left, false) ? std::optional(core::Error{reason, "reply lost"})
                                           : std::nullopt;
    };
  };
  SUBCASE("of the commit") {
    World world = world_of_two();
    world.lose_commit_reply = once(Reason::KafkaUnavailable);
    run_to_the_end(world);
    check_reset_once(world);
  }
  SUBCASE("of the first status write") {
    World world = world_of_two();
    world.lose_write_reply = once(Reason::KubernetesUnavailable);
    const Outcome outcome = run(world);
    CHECK(outcome.result.reason == Reason::KubernetesUnavailable);
    CHECK(world.commits() == 0);
    run_to_the_end(world);
    check_reset_once(world);
  }
}

TEST_CASE("every write refused as a conflict commits nothing") {
  World world = world_of_two();
  world.fail_write = [] { return std::optional(core::Error{Reason::Conflict, "modified"}); };
  const Outcome outcome = run(world);
  CHECK(outcome.result.reason == Reason::Conflict);
  CHECK(world.commits() == 0);
}

TEST_CASE("of two replicas with the same view, only one commits") {
  World world = world_of_two();
  // The other replica does the whole reset while this one is between reading and saving.
  const Outcome outcome = run(world, [&](std::string_view at) {
    if (at == "before SavePlan") {
      Reconciler other(world, world, [] { return tests::at_second(2'000); });
      core::Observed seen;
      seen.resource = world.resource();
      other.reconcile(std::move(seen));
    }
  });
  CHECK(outcome.result.reason == Reason::Conflict);
  check_reset_once(world);
  CHECK(world.commits() == 1);
}

TEST_CASE("a consumer that joins between plan and commit is fenced by the broker") {
  World world = world_of_two();
  run(world, [&](std::string_view at) {
    if (at == "before CommitPlan") world.join("app-1");
  });
  CHECK(reason(world) == Reason::GroupActive);
  CHECK(world.committed(0) == 90);
  CHECK(world.resource().status.rows.empty());
  // It works, goes, and the reset finds what it left behind.
  world.consume_to(0, 95);
  world.leave();
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.resource().status.rows.at(0).before == 95);
  CHECK(world.committed(0) == 10);
}

TEST_CASE("a CRD that does not keep the plan stops the reset before the commit") {
  World world = world_of_two();
  world.prune = [](core::OffsetReset& stored) { stored.status.rows.clear(); };
  run_to_the_end(world);
  CHECK(reason(world) == Reason::InternalError);
  CHECK(world.commits() == 0);
}

TEST_CASE("a result that could not be written is told, and made good by the next pass") {
  World world = world_of_two();
  int writes = 0;
  world.fail_write = [&]() -> std::optional<core::Error> {
    if (++writes != 2) return std::nullopt;
    return core::Error{Reason::InternalError, "refused"};
  };
  const Outcome outcome = run(world);
  CHECK_FALSE(outcome.is_written);
  run_to_the_end(world);
  check_reset_once(world);
}

// Crashes, lost replies, refusals, consumers that come, work and go, in any order. What must hold
// whatever happens: offsets that consumers committed after our commit are never overwritten, there
// is at most one effective reset, and a success is claimed only if there was one.
TEST_CASE("in a random walk through faults a group is never rewound twice") {
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    const auto maybe = [&](Reason reason) {
      return [&, reason]() -> std::optional<core::Error> {
        return one_in(6) ? std::optional(core::Error{reason, "fault"}) : std::nullopt;
      };
    };
    World world = world_of_two();
    world.fail_read = maybe(Reason::KafkaUnavailable);
    world.fail_commit = maybe(Reason::KafkaUnavailable);
    world.lose_commit_reply = maybe(Reason::KafkaUnavailable);
    world.fail_write = maybe(Reason::KubernetesUnavailable);
    world.lose_write_reply = maybe(Reason::KubernetesUnavailable);
    bool is_joined = false;
    const auto live = [&] {
      if (!is_joined && one_in(5)) {
        world.join("app");
        is_joined = true;
      } else if (is_joined && one_in(2)) {
        // Consumers only move forward, often to where they were before: the end of what there is.
        const auto forward = [&](std::int32_t partition, std::int64_t end) {
          const auto at = world.committed(partition).value_or(0);
          const auto by = static_cast<std::int64_t>(random() % 200);
          world.consume_to(partition, std::max(at, std::min(end, at + by)));
        };
        forward(0, 90);
        forward(1, 80);
        if (one_in(2)) {
          world.leave();
          is_joined = false;
        }
      }
    };
    for (int pass = 0; pass < 60 && !world.resource().status.closed; ++pass) {
      try {
        run(
            world,
            [&](std::string_view) {
              live();
              if (one_in(10)) throw Crash();
            },
            tests::at_second(2'000 + pass));
      } catch (const Crash&) {
      }
      live();
    }
    CHECK(world.effective_commits() <= 1);
    if (!world.resource().status.closed) continue;
    const Reason end = reason(world);
    const bool is_expected = end == Reason::OffsetsReset || end == Reason::OffsetsMoved ||
                             end == Reason::VerificationFailed;
    CHECK_MESSAGE(is_expected, to_string(end));
    if (end == Reason::OffsetsReset) CHECK(world.effective_commits() == 1);
  }
}
