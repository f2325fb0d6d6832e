#include "controller/reconciler.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "support/builders.h"
#include "support/world.h"

using controller::Outcome;
using controller::Reconciler;
using core::Reason;
using tests::World;

namespace {

const std::vector<std::string> kMoments{
    "before ReadKafka",  "after ReadKafka",      "before SavePlan",     "after SavePlan",
    "before CommitPlan", "before CommitRequest", "after CommitRequest", "after CommitPlan",
    "before Verify",     "after Verify",         "before Finish",       "after Finish"};

// The process dies here.
struct Crash {};

World world_of_two() {
  return World(tests::resource(),
               {{0, 100, core::Commit{90, 0, ""}, {}}, {0, 100, core::Commit{80, 0, ""}, {}}});
}

Outcome run(World& world, const Reconciler::AtEffect& at_effect = {},
            core::TimePoint now = tests::at_second(2'000)) {
  Reconciler reconciler(
      world, world, [now] { return now; }, at_effect);
  core::Observed seen;
  seen.resource = world.resource();
  seen.now = now;
  return reconciler.reconcile(std::move(seen));
}

void run_and_crash(World& world, const std::string& moment) {
  try {
    run(world, [&](std::string_view at) {
      if (at == moment) throw Crash();
    });
  } catch (const Crash&) {
    return;
  }
  FAIL("there was no such moment");
}

Reason reason(const World& world) {
  return reason_of(world.resource().status).value_or(Reason::InternalError);
}

// As the controller does: again and again, until the resource is closed.
void run_to_the_end(World& world) {
  for (int pass = 0; pass < 10 && !world.resource().status.closed; ++pass) {
    run(world, {}, tests::at_second(2'000 + pass));
  }
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

// ---- the same for every destination

namespace {

// One reset that has something to do, and where it has to lead, whatever happens in between.
struct Story {
  std::string name;
  core::Spec spec;
  World::Commits end;
  std::size_t requests = 1;
};

World::Partition partition(std::int64_t committed) {
  World::Partition made{0, 100, {}, {}};
  if (committed >= 0) made.committed = core::Commit{committed, 0, ""};
  for (int i = 0; i < 100; ++i) made.timestamps.push_back(tests::at_second(1'000 + 10 * i));
  return made;
}

// orders: 90, 80; returns: 70, no commit; archive: 5.
World world_of_three_topics(const core::Spec& spec) {
  World world(tests::resource(spec, "the-reset"),
              std::map<std::string, World::Topic>{{"archive", {partition(5)}},
                                                  {"orders", {partition(90), partition(80)}},
                                                  {"returns", {partition(70), partition(-1)}}});
  world.other_groups["canary"] = {{{"orders", 0}, 33}, {{"orders", 1}, 44}};
  core::OffsetReset undone = tests::resource(tests::SpecBuilder(), "replay");
  undone.status.rows = {{"orders", 0, 20, 90, 0, 100, {}}, {"orders", 1, {}, 80, 0, 100, {}}};
  set_outcome(undone.status, {Reason::OffsetsReset, "done"}, 1, tests::at_second(1));
  world.other_resets.emplace(undone.key, undone);
  world.config_maps[{{"payments", "positions"}, "orders.csv"}] = "orders,1,7\nreturns,1,8\n";
  return world;
}

std::vector<Story> stories() {
  using tests::SpecBuilder;
  const auto after = [](std::map<core::TopicPartition, std::optional<std::int64_t>> changes) {
    World::Commits commits{
        {{"archive", 0}, 5}, {{"orders", 0}, 90}, {{"orders", 1}, 80}, {{"returns", 0}, 70}};
    for (const auto& [at, offset] : changes) {
      commits.erase(at);
      if (offset) commits.emplace(at, *offset);
    }
    return commits;
  };
  const auto both = [&](std::int64_t first, std::int64_t second) {
    return after({{{"orders", 0}, first}, {{"orders", 1}, second}});
  };
  const auto seconds = [](int count) { return std::chrono::seconds(count); };
  return {
      {"offset", SpecBuilder(), both(10, 10)},
      {"timestamp", SpecBuilder().to(core::ToTimestamp{tests::at_second(1'300)}), both(30, 30)},
      // The clock of these tests stands at 2000 s when the reset begins.
      {"ago", SpecBuilder().to(core::ToAgo{seconds(500), "500s"}), both(50, 50)},
      {"earliest", SpecBuilder().to(core::ToPosition{core::Position::Earliest}), both(0, 0)},
      {"latest", SpecBuilder().to(core::ToPosition{core::Position::Latest}), both(100, 100)},
      {"none", SpecBuilder().to(core::ToPosition{core::Position::None}),
       after({{{"orders", 0}, {}}, {{"orders", 1}, {}}})},
      {"shiftBy", SpecBuilder().to(core::ToShift{-5}), both(85, 75)},
      {"group", SpecBuilder().to(core::ToGroup{"canary"}), both(33, 44)},
      {"undo", SpecBuilder().to(core::ToUndo{"replay", false}),
       after({{{"orders", 0}, 20}, {{"orders", 1}, {}}}), 2},
      {"offsets", SpecBuilder().to(core::ToOffsets{{{1, 3}}}), after({{{"orders", 1}, 3}})},
      {"csvFrom", SpecBuilder().to(core::ToCsv{"positions", "orders.csv"}),
       after({{{"orders", 1}, 7}, {{"returns", 1}, 8}})},
      {"allTopics", SpecBuilder().all_topics().to(core::ToPosition{core::Position::Earliest}),
       World::Commits{
           {{"archive", 0}, 0}, {{"orders", 0}, 0}, {{"orders", 1}, 0}, {{"returns", 0}, 0}}},
      {"allTopics, none",
       SpecBuilder().all_topics().to(core::ToPosition{core::Position::None}),
       {},
       3},
      {"mixed",
       SpecBuilder().topics({{"archive", {}, core::ToPosition{core::Position::None}},
                             {"orders", {0}, {}},
                             {"returns", {}, core::ToPosition{core::Position::None}}}),
       after({{{"archive", 0}, {}}, {{"orders", 0}, 10}, {{"returns", 0}, {}}}), 3},
  };
}

std::vector<std::string> moments_of(const Story& story) {
  World world = world_of_three_topics(story.spec);
  std::vector<std::string> moments;
  run(world, [&](std::string_view at) { moments.emplace_back(at); });
  return moments;
}

void check_end(const World& world, const Story& story) {
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.commits_of_group() == story.end);
  CHECK(world.effective_commits() == static_cast<int>(story.requests));
}

}  // namespace

TEST_CASE("every destination leads where it should, and is killed at every moment on its way") {
  for (const Story& story : stories()) {
    CAPTURE(story.name);
    World straight = world_of_three_topics(story.spec);
    run_to_the_end(straight);
    check_end(straight, story);
    CHECK(straight.resource().status.summary->requests ==
          static_cast<std::int64_t>(story.requests));
    for (const auto& moment : moments_of(story)) {
      CAPTURE(moment);
      World world = world_of_three_topics(story.spec);
      run_and_crash(world, moment);
      run_to_the_end(world);
      check_end(world, story);
    }
  }
}

TEST_CASE("killed between the requests of one plan, it is finished and nothing is sent twice") {
  for (const Story& story : stories()) {
    for (std::size_t sent = 0; sent < story.requests; ++sent) {
      for (const bool is_reply_lost : {false, true}) {
        CAPTURE(story.name);
        CAPTURE(sent);
        CAPTURE(is_reply_lost);
        World world = world_of_three_topics(story.spec);
        std::size_t requests = 0;
        const auto crash = [&]() -> std::optional<core::Error> {
          if (requests++ == sent) throw Crash();
          return std::nullopt;
        };
        (is_reply_lost ? world.lose_commit_reply : world.fail_commit) = crash;
        CHECK_THROWS_AS(run(world), Crash);
        world.fail_commit = world.lose_commit_reply = {};
        run_to_the_end(world);
        check_end(world, story);
      }
    }
  }
}

TEST_CASE("killed between the requests, what consumers moved meanwhile is named and left alone") {
  for (const Story& story : stories()) {
    if (story.name != "mixed") continue;
    World world = world_of_three_topics(story.spec);
    int requests = 0;
    world.fail_commit = [&]() -> std::optional<core::Error> {
      if (requests++ == 1) throw Crash();
      return std::nullopt;
    };
    CHECK_THROWS_AS(run(world), Crash);
    world.fail_commit = {};
    world.consume_to("returns", 0, 77);
    run_to_the_end(world);
    CHECK(reason(world) == Reason::OffsetsMoved);
    CHECK(world.committed("returns", 0) == 77);
    CHECK(world.committed("archive", 0) == 5);
    CHECK(world.effective_commits() == 1);
  }
}

TEST_CASE("a deletion is not repeated when consumers have come back to exactly where they were") {
  World world =
      world_of_three_topics(tests::SpecBuilder().to(core::ToPosition{core::Position::None}));
  run_and_crash(world, "after CommitPlan");
  world.consume_to(0, 90);
  world.consume_to(1, 80);
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsMoved);
  CHECK(world.committed(0) == 90);
  CHECK(world.effective_commits() == 1);
}

TEST_CASE("position Current is written again, once") {
  World world =
      world_of_three_topics(tests::SpecBuilder().to(core::ToPosition{core::Position::Current}));
  run_and_crash(world, "after CommitPlan");
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.commits() == 1);
  CHECK(world.committed(0) == 90);
}

TEST_CASE("of several topics one is forbidden: what was moved all the same is told") {
  World world =
      world_of_three_topics(tests::SpecBuilder().topics({{"archive", {}, {}}, {"orders", {}, {}}}));
  world.forbidden_topic = "orders";
  run_to_the_end(world);
  CHECK(reason(world) == Reason::NotAuthorized);
  CHECK(world.resource().status.summary->moved == 1);
  CHECK(world.resource().status.summary->failed == 2);
  CHECK(world.resource().status.rows.at(0).before == 5);
}

TEST_CASE("a dry run touches nothing, and its approval is a reset like any other") {
  World world = world_of_three_topics(tests::SpecBuilder().dry_run());
  world.join("app");
  run(world);
  CHECK(reason(world) == Reason::DryRunSucceeded);
  CHECK(world.commits() == 0);
  const int reads = world.reads();
  run(world);
  CHECK(world.reads() == reads);
  world.leave();
  world.consume_to(0, 95);
  world.edit_spec([](core::Spec& spec) { spec.dry_run = false; });
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.resource().status.rows.at(0).before == 95);
}

TEST_CASE("a CSV that comes later is picked up") {
  World world =
      world_of_three_topics(tests::SpecBuilder().to(core::ToCsv{"positions", "later.csv"}));
  run(world);
  CHECK(reason(world) == Reason::ConfigMapNotFound);
  world.config_maps[{{"payments", "positions"}, "later.csv"}] = "orders,0,1\n";
  run_to_the_end(world);
  CHECK(reason(world) == Reason::OffsetsReset);
  CHECK(world.committed(0) == 1);
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
