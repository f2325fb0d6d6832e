#include "core/plan.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/builders.h"

using core::MissingCommit;
using core::Note;
using core::OutOfRange;
using core::Position;
using core::Reason;
using core::Row;
using core::Snapshot;
using core::Spec;
using core::TimestampNotFound;
using core::ToAgo;
using core::ToGroup;
using core::ToOffset;
using core::ToOffsets;
using core::ToPosition;
using core::ToShift;
using core::ToTimestamp;
using tests::at_second;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

constexpr std::int64_t kNoCommit = -1;
constexpr auto kFurthest = std::numeric_limits<std::int64_t>::max();
constexpr auto kFurthestBack = std::numeric_limits<std::int64_t>::min();

// The only row of a plan for one partition.
Row planned(const Spec& spec, const Snapshot& snapshot) {
  core::Inputs inputs;
  inputs.ago_from = at_second(3'620);
  const auto rows = tests::plan(spec, snapshot, inputs);
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 1);
  return rows->front();
}

core::Error refused(const Spec& spec, const Snapshot& snapshot) {
  const auto rows = tests::plan(spec, snapshot);
  REQUIRE_FALSE(rows.has_value());
  return rows.error();
}

SnapshotBuilder log_5_to_90() { return SnapshotBuilder().partition(5, 90, 50); }
SnapshotBuilder no_commit() { return SnapshotBuilder().partition(5, 90, kNoCommit); }

}  // namespace

TEST_CASE("a destination is resolved into the log") {
  struct Case {
    std::string sentence;
    core::Destination to;
    SnapshotBuilder partition;
    std::optional<std::int64_t> after;
    std::optional<Note> note;
  };
  const auto hour = std::chrono::hours(1);
  const std::vector<Case> cases{
      {"an offset in the log", ToOffset{10}, log_5_to_90(), 10, {}},
      {"the log start itself", ToOffset{5}, log_5_to_90(), 5, {}},
      {"the log end itself", ToOffset{90}, log_5_to_90(), 90, {}},
      {"an offset before the log start", ToOffset{4}, log_5_to_90(), 5, Note::ClampedToEarliest},
      {"an offset after the log end", ToOffset{91}, log_5_to_90(), 90, Note::ClampedToLatest},
      {"any offset in an empty log", ToOffset{7}, SnapshotBuilder().partition(0, 0, kNoCommit), 0,
       Note::ClampedToLatest},
      {"earliest", ToPosition{Position::Earliest}, log_5_to_90(), 5, {}},
      {"latest", ToPosition{Position::Latest}, log_5_to_90(), 90, {}},
      {"current: written again", ToPosition{Position::Current}, log_5_to_90(), 50,
       Note::Recommitted},
      {"current, outside of the log: as it is", ToPosition{Position::Current},
       SnapshotBuilder().partition(5, 90, 2), 2, Note::Recommitted},
      {"none: without a commit", ToPosition{Position::None}, log_5_to_90(), {}, {}},
      {"none, where there is none", ToPosition{Position::None}, no_commit(), {}, {}},
      {"forward", ToShift{7}, log_5_to_90(), 57, {}},
      {"back", ToShift{-7}, log_5_to_90(), 43, {}},
      {"forward beyond the end", ToShift{41}, log_5_to_90(), 90, Note::ClampedToLatest},
      {"back beyond the start", ToShift{-46}, log_5_to_90(), 5, Note::ClampedToEarliest},
      {"forward beyond all numbers", ToShift{kFurthest}, log_5_to_90(), 90, Note::ClampedToLatest},
      {"back beyond all numbers", ToShift{kFurthestBack}, log_5_to_90(), 5,
       Note::ClampedToEarliest},
      {"another group's commit", ToGroup{"other"}, log_5_to_90().source(33), 33, {}},
      {"another group's commit outside of the log",
       ToGroup{"other"},
       log_5_to_90().source(3),
       3,
       {}},
      {"an offset of a map", ToOffsets{{{0, 12}}}, log_5_to_90(), 12, {}},
      {"an offset of a map outside of the log", ToOffsets{{{0, 2}}}, log_5_to_90(), 5,
       Note::ClampedToEarliest},
      {"a timestamp of a record",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(33, at_second(20)),
       33,
       {}},
      {"a timestamp between records",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(33, at_second(21)),
       33,
       {}},
      {"so long ago", ToAgo{hour, "1h"}, log_5_to_90().record_at(33, at_second(20)), 33, {}},
      {"the first record's timestamp",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(5, at_second(20)),
       5,
       {}},
      {"a timestamp before the first record", ToTimestamp{at_second(20)},
       log_5_to_90().record_at(5, at_second(21)), 5, Note::ClampedToEarliest},
      {"longer ago than the first record", ToAgo{hour, "1h"},
       log_5_to_90().record_at(5, at_second(21)), 5, Note::ClampedToEarliest},
      {"a timestamp after the last record", ToTimestamp{at_second(20)}, log_5_to_90(), 90,
       Note::ClampedToLatest},
      {"a record that retention deletes meanwhile",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(3, at_second(20)),
       5,
       {}},
      {"a record after the last stable offset",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(95, at_second(20)),
       90,
       {}},
  };
  for (const auto& [sentence, to, partition, after, note] : cases) {
    CAPTURE(sentence);
    const Row row = planned(SpecBuilder().to(to), partition);
    CHECK(row.after == after);
    CHECK(row.note == note);
  }
}

TEST_CASE("a row says what was, what will be, and the log between") {
  const Row row = planned(SpecBuilder(), log_5_to_90());
  CHECK(row.topic == "orders");
  CHECK(row.before == 50);
  CHECK(row.log_start == 5);
  CHECK(row.log_end == 90);
  CHECK(row.is_move());
}

TEST_CASE("missingCommit decides about partitions that the group has no commit for") {
  struct Case {
    std::string sentence;
    core::Destination to;
    SnapshotBuilder partition;
    std::optional<MissingCommit> policy;
    std::optional<std::int64_t> after;
    std::optional<Note> note;
  };
  const std::vector<Case> cases{
      {"an offset is set", ToOffset{10}, no_commit(), {}, 10, {}},
      {"a position is set", ToPosition{Position::Earliest}, no_commit(), {}, 5, {}},
      {"a timestamp is set",
       ToTimestamp{at_second(20)},
       no_commit().record_at(33, at_second(20)),
       MissingCommit::Set,
       33,
       {}},
      {"an offset is left out",
       ToOffset{10},
       no_commit(),
       MissingCommit::Skip,
       {},
       Note::SkippedMissingCommit},
      {"a map's offset is left out",
       ToOffsets{{{0, 10}}},
       no_commit(),
       MissingCommit::Skip,
       {},
       Note::SkippedMissingCommit},
      {"a shift goes to the log end", ToShift{-3}, no_commit(), MissingCommit::Set, 90, {}},
      {"a shift is left out",
       ToShift{-3},
       no_commit(),
       MissingCommit::Skip,
       {},
       Note::SkippedMissingCommit},
      {"current is the log end, as for Kafka's tool",
       ToPosition{Position::Current},
       no_commit(),
       MissingCommit::Set,
       90,
       {}},
      {"a group that has none is left out, and stays", ToGroup{"other"}, log_5_to_90(),
       MissingCommit::Skip, 50, Note::SkippedMissingCommit},
      {"a group that has none is the log end",
       ToGroup{"other"},
       log_5_to_90(),
       MissingCommit::Set,
       90,
       {}},
      {"a group's commit needs none of ours", ToGroup{"other"}, no_commit().source(33), {}, 33, {}},
      {"nothing is deleted where nothing is",
       ToPosition{Position::None},
       no_commit(),
       MissingCommit::Fail,
       {},
       {}},
  };
  for (const auto& [sentence, to, partition, policy, after, note] : cases) {
    CAPTURE(sentence);
    Spec spec = SpecBuilder().to(to);
    spec.missing_commit = policy;
    const Row row = planned(spec, partition);
    CHECK(row.after == after);
    CHECK(row.note == note);
  }
  const std::vector<core::Destination> builds_on_one{ToShift{1}, ToPosition{Position::Current},
                                                     ToGroup{"other"}};
  for (const auto& to : builds_on_one) {
    CAPTURE(describe(to));
    CHECK(refused(SpecBuilder().to(to), no_commit()).reason == Reason::CommitMissing);
  }
  const auto asked_for = refused(SpecBuilder().missing_commit(MissingCommit::Fail),
                                 SnapshotBuilder().partition(0, 9, 1).partition(0, 9, kNoCommit));
  CHECK(asked_for.message ==
        "offset 10 needs a committed offset, and there is none for partition 1 of topic orders; "
        "write missingCommit: Skip to leave these out, or missingCommit: Set");
}

TEST_CASE("outOfRange and timestampNotFound decide about what can't be met exactly") {
  const Snapshot log_0_to_5 = SnapshotBuilder().partition(0, 5, 3);
  SUBCASE("Skip leaves the partition where it is") {
    for (const core::Destination& to :
         std::vector<core::Destination>{ToOffset{10}, ToShift{4}, ToOffsets{{{0, 6}}}}) {
      CAPTURE(describe(to));
      const Row beyond = planned(SpecBuilder().to(to).out_of_range(OutOfRange::Skip), log_0_to_5);
      CHECK(beyond.after == 3);
      CHECK(beyond.note == Note::SkippedOutOfRange);
      CHECK_FALSE(beyond.is_move());
    }
    const Row young = planned(
        SpecBuilder().to(ToTimestamp{at_second(9)}).timestamp_not_found(TimestampNotFound::Skip),
        log_0_to_5);
    CHECK(young.after == 3);
    CHECK(young.note == Note::SkippedTimestampNotFound);
  }
  SUBCASE("Fail refuses the whole reset and names the partitions") {
    const Snapshot two = SnapshotBuilder().partition(0, 50, 3).partition(0, 5, 3);
    const auto beyond = refused(SpecBuilder().out_of_range(OutOfRange::Fail), two);
    CHECK(beyond.reason == Reason::OffsetOutOfRange);
    CHECK(beyond.message ==
          "offset 10 is outside of the log of partition 1 of topic orders (0 to 5); write an "
          "offset inside, or outOfRange: Clamp");
    const auto young = refused(
        SpecBuilder().to(ToTimestamp{at_second(9)}).timestamp_not_found(TimestampNotFound::Fail),
        two);
    CHECK(young.reason == Reason::TimestampNotFound);
    CHECK(young.message.find("partition 0 of topic orders, partition 1 of topic orders") !=
          std::string::npos);
  }
  SUBCASE("of many partitions ten are named and the rest is counted") {
    SnapshotBuilder many;
    for (int i = 0; i < 25; ++i) many.partition(0, 5, 3);
    const auto error = refused(SpecBuilder().out_of_range(OutOfRange::Fail), many);
    CHECK(error.message.find("partition 9 of topic orders (0 to 5) and 15 more;") !=
          std::string::npos);
    CHECK(error.message.find("partition 10 of") == std::string::npos);
  }
}

TEST_CASE("a partition that the topic does not have is an error that says which it has") {
  Snapshot snapshot = SnapshotBuilder().partition(0, 5, 3).partition(0, 5, 3).partition(0, 5, 3);
  snapshot.partitions.clear();  // what was asked for does not exist
  const auto error = refused(SpecBuilder().partition(99), snapshot);
  CHECK(error.reason == Reason::PartitionNotFound);
  CHECK(error.message == "topic orders has 3 partitions, 0 to 2: there is no partition 99");
}

TEST_CASE("several topics, each with its own destination") {
  const Spec spec = SpecBuilder()
                        .to(ToOffset{10})
                        .topics({{"a", {}, {}}, {"b", {1}, ToShift{-1}}, {"c", {}, ToPosition{}}});
  const Snapshot snapshot = SnapshotBuilder()
                                .topic("a")
                                .partition(0, 100, 50)
                                .partition(0, 100, 60)
                                .topic("b")
                                .partition(0, 100, 70)
                                .partition(0, 100, 80)
                                .topic("c")
                                .partition(3, 100, 90);
  Snapshot asked_for = snapshot;
  asked_for.partitions.erase(asked_for.partitions.begin() + 2);  // partition 0 of b
  const auto rows = tests::plan(spec, asked_for).value();
  std::vector<std::pair<std::string, std::optional<std::int64_t>>> after;
  for (const Row& row : rows) after.emplace_back(row.topic, row.after);
  CHECK(after == std::vector<std::pair<std::string, std::optional<std::int64_t>>>{
                     {"a", 10}, {"a", 10}, {"b", 79}, {"c", 3}});
  CHECK(describe_destination(spec) == "offset 10 (a), shiftBy -1 (b), position Earliest (c)");
}

TEST_CASE("allTopics is every partition with a commit, and nothing is a refusal") {
  const Spec spec = SpecBuilder().all_topics().to(ToPosition{Position::Latest});
  const auto rows =
      tests::plan(spec,
                  SnapshotBuilder().topic("a").partition(0, 100, 50).topic("b").partition(0, 30, 7))
          .value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].after == 100);
  CHECK(rows[1].after == 30);
  CHECK(refused(spec, Snapshot()).reason == Reason::CommitMissing);
}

TEST_CASE("the impact of a plan is counted") {
  const Snapshot snapshot = SnapshotBuilder()
                                .partition(0, 100, 90)          // replays 80
                                .partition(0, 100, 4)           // skips 6
                                .partition(0, 100, 10)          // stays
                                .partition(20, 100, kNoCommit)  // clamped, seeded
                                .partition(0, 5, 1);            // clamped, skips 4
  const auto rows = tests::plan(SpecBuilder(), snapshot).value();
  const core::Summary sum = impact(rows);
  CHECK(sum.partitions == 5);
  CHECK(sum.moved == 4);
  CHECK(sum.unchanged == 1);
  CHECK(sum.clamped == 2);
  CHECK(sum.skipped == 0);
  CHECK(sum.replay_records == 80);
  CHECK(sum.skip_records == 10);
  CHECK(sum.lag_before == 10 + 96 + 90 + 4);
  CHECK(sum.lag_after == 90 + 90 + 90 + 80 + 0);
}

TEST_CASE("commits far beyond the log, as a broker stores them, count up to the largest number") {
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  const Snapshot snapshot =
      SnapshotBuilder().partition(0, 100, kLargest).partition(0, 100, kLargest - 1);
  const auto rows = tests::plan(SpecBuilder(), snapshot).value();
  CHECK(impact(rows).replay_records == kLargest);
}

TEST_CASE("a deletion counts as both, a replay from the log start and a skip to the log end") {
  const auto rows =
      tests::plan(SpecBuilder().to(ToPosition{Position::None}), log_5_to_90()).value();
  const core::Summary sum = impact(rows);
  CHECK(sum.moved == 1);
  CHECK(sum.replay_records == 45);
  CHECK(sum.skip_records == 40);
  CHECK(sum.lag_before == 40);
  CHECK(sum.lag_after == 0);
}

TEST_CASE("guards refuse a plan with its numbers, and say which field to raise") {
  core::Summary sum;
  sum.replay_records = 80;
  sum.skip_records = 10;
  core::Guards guards;
  guards.max_replay_records = 80;
  guards.max_skip_records = 10;
  CHECK_FALSE(exceeded_guard(SpecBuilder().guards(guards), sum).has_value());
  guards.max_skip_records = 9;
  const auto skips = exceeded_guard(SpecBuilder().guards(guards), sum);
  REQUIRE(skips.has_value());
  CHECK(skips->reason == Reason::GuardExceeded);
  CHECK(skips->message.find("would skip 10 records, and guards.maxSkipRecords is 9") !=
        std::string::npos);
  guards.max_replay_records = 0;
  const auto replays = exceeded_guard(SpecBuilder().guards(guards), sum);
  REQUIRE(replays.has_value());
  CHECK(replays->message.find("guards.maxReplayRecords of at least 80") != std::string::npos);
}
