#include <doctest/doctest.h>

#include "support/operator/inject.h"

namespace tests {
namespace {

using core::Reason;

FaultCase kafka(std::string what, std::function<void(World&)> fault) {
  return {std::move(what),
          {.fault = [fault = std::move(fault)](Story& story) { story.kafka(fault); }}};
}

// Comes with this fault, and goes when the operator has seen it.
FaultCase consumer(std::string what, std::function<void(World&)> does,
                   std::function<Ending(const Moment&)> ending) {
  return {std::move(what),
          {.fault =
               [does = std::move(does)](Story& story) {
                 story.kafka([&](World& world) {
                   world.join("app-2");
                   does(world);
                 });
               },
           .meanwhile =
               [](Story& story) {
                 if (story.passes_since_fault() < 3) return;
                 story.kafka([](World& world) { world.leave(); });
               },
           .most_status_writes = 8},
          std::move(ending)};
}

World::Partition fresh_partition() { return {0, 100, {}, {}}; }

TEST_CASE("F2: the reply to the commit is lost") {
  inject("F2", {kafka("reply to the commit lost", [](World& world) {
           world.lose_commit_reply = refuse(1, Reason::KafkaUnavailable, "timed out");
         })});
}

TEST_CASE("F15: a consumer joins") {
  inject("F15", {consumer(
                    "a consumer joins, and leaves", [](World&) {},
                    [](const Moment&) { return reset_once(); })});
}

TEST_CASE("F15: the group's coordinator is away") {
  auto moves = kafka("the coordinator moves", [](World& world) {
    world.fail_read = refuse(2, Reason::KafkaUnavailable, "not coordinator");
    world.fail_commit = refuse(2, Reason::KafkaUnavailable, "not coordinator");
  });
  moves.plot.most_events_in_wait = 2;  // waiting, Kafka away, waiting, and away in the commit
  auto dies = kafka("the broker dies in the commit", [](World& world) {
    const auto away = refuse(3, Reason::KafkaUnavailable, "refused");
    if (world.commits() > 0) {
      world.fail_read = away;
      return;
    }
    world.lose_commit_reply =
        [&world, away, reply = refuse(1, Reason::KafkaUnavailable, "broken pipe")]() mutable {
          auto lost = reply();
          if (lost) world.fail_read = away;
          return lost;
        };
  });
  inject("F15", {std::move(moves), std::move(dies)});
}

TEST_CASE("F15: partitions are added") {
  inject("F15", {{"a partition is added",
                  {.fault =
                       [](Story& story) {
                         story.kafka([](World& world) {
                           world.add_partition("orders", fresh_partition());
                         });
                       }},
                  [](const Moment& at) {
                    Ending ending = reset_once();
                    if (is_before(at, "after ReadKafka")) ending.committed[2] = 10;
                    return ending;
                  }}});
}

TEST_CASE("F15: the topic is deleted") {
  inject(
      "F15",
      {{"the topic is deleted",
        {.fault =
             [](Story& story) { story.kafka([](World& world) { world.delete_topic("orders"); }); }},
        [](const Moment& at) {
          Ending ending = reset_once();
          ending.committed.clear();
          if (is_before(at, "after CommitPlan")) {
            ending.effective_commits = 0;
            ending.reasons = {"TopicNotFound"};
          } else if (is_before(at, "after Verify")) {
            ending.reasons = {"TopicNotFound"};
          }
          return ending;
        }}});
}

TEST_CASE("F15: a right is taken away") {
  inject("F15", {{"no right to commit any more",
                  {.fault =
                       [](Story& story) {
                         story.kafka([](World& world) { world.forbidden_topic = "orders"; });
                       }},
                  [](const Moment& at) {
                    return is_before(at, "after CommitPlan") ? nothing_but({"NotAuthorized"})
                                                             : reset_once();
                  }},
                 {"no right to read any more",
                  {.fault =
                       [](Story& story) {
                         story.kafka([](World& world) {
                           world.fail_read =
                               refuse(1'000'000, Reason::NotAuthorized, "DESCRIBE on group");
                         });
                       }},
                  [](const Moment& at) {
                    if (is_before(at, "after ReadKafka")) return nothing_but({"NotAuthorized"});
                    if (!is_before(at, "after Verify")) return reset_once();
                    Ending ending = reset_once();
                    ending.reasons = {"NotAuthorized"};
                    ending.words = "was accepted, and could not be read back then";
                    return ending;
                  }}});
}

}  // namespace
}  // namespace tests
