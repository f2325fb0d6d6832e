#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "support/builders.h"
#include "support/reconciling.h"
#include "support/world.h"

using core::Reason;
using tests::Crash;
using tests::World;

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
