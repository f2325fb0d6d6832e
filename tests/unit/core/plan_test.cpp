#include "core/plan.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/builders.h"

using core::Commit;
using core::Note;
using core::OutOfRange;
using core::Position;
using core::Reason;
using core::Row;
using core::Snapshot;
using core::Spec;
using core::TimestampNotFound;
using core::ToOffset;
using core::ToPosition;
using core::ToTimestamp;
using tests::at_second;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

constexpr std::int64_t kNoCommit = -1;

// The only row of a plan for one partition.
Row planned(const Spec& spec, const Snapshot& snapshot) {
  const auto rows = make_plan(spec, snapshot);
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 1);
  return rows->front();
}

Snapshot committed_at(const std::vector<Row>& rows, const std::vector<std::int64_t>& offsets,
                      const std::string& metadata) {
  Snapshot snapshot;
  for (const Row& row : rows) {
    core::PartitionSnapshot at;
    at.partition = row.partition;
    const auto offset = offsets.at(static_cast<std::size_t>(row.partition));
    if (offset >= 0) at.committed = Commit{offset, 0, metadata};
    snapshot.partitions.push_back(at);
  }
  snapshot.partition_count = static_cast<std::int32_t>(rows.size());
  return snapshot;
}

}  // namespace

TEST_CASE("a destination is resolved into the log") {
  struct Case {
    std::string sentence;
    core::Destination to;
    SnapshotBuilder partition;
    std::int64_t after;
    std::optional<Note> note;
  };
  const auto log_5_to_90 = [] { return SnapshotBuilder().partition(5, 90, 50); };
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
      {"the first record's timestamp",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(5, at_second(20)),
       5,
       {}},
      {"a timestamp before the first record", ToTimestamp{at_second(20)},
       log_5_to_90().record_at(5, at_second(21)), 5, Note::ClampedToEarliest},
      {"a timestamp after the last record", ToTimestamp{at_second(20)}, log_5_to_90(), 90,
       Note::ClampedToLatest},
      {"a record that retention deletes meanwhile",
       ToTimestamp{at_second(20)},
       log_5_to_90().record_at(3, at_second(20)),
       5,
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
  const Row row = planned(SpecBuilder(), SnapshotBuilder().partition(5, 90, 50));
  CHECK(row.topic == "orders");
  CHECK(row.before == 50);
  CHECK(row.log_start == 5);
  CHECK(row.log_end == 90);
  CHECK(row.is_move());
}

TEST_CASE("a partition without a commit gets one") {
  const Row row = planned(SpecBuilder(), SnapshotBuilder().partition(0, 90, kNoCommit));
  CHECK_FALSE(row.before.has_value());
  CHECK(row.after == 10);
  CHECK(row.is_move());
}

TEST_CASE("outOfRange and timestampNotFound decide about what can't be met exactly") {
  const Snapshot log_0_to_5 = SnapshotBuilder().partition(0, 5, 3);
  SUBCASE("Skip leaves the partition where it is") {
    const Row beyond = planned(SpecBuilder().out_of_range(OutOfRange::Skip), log_0_to_5);
    CHECK(beyond.after == 3);
    CHECK(beyond.note == Note::SkippedOutOfRange);
    CHECK_FALSE(beyond.is_move());
    const Row young = planned(
        SpecBuilder().to(ToTimestamp{at_second(9)}).timestamp_not_found(TimestampNotFound::Skip),
        log_0_to_5);
    CHECK(young.after == 3);
    CHECK(young.note == Note::SkippedTimestampNotFound);
  }
  SUBCASE("Fail refuses the whole reset and names the partitions") {
    const Snapshot two = SnapshotBuilder().partition(0, 50, 3).partition(0, 5, 3);
    const auto beyond = make_plan(SpecBuilder().out_of_range(OutOfRange::Fail), two);
    REQUIRE_FALSE(beyond.has_value());
    CHECK(beyond.error().reason == Reason::OffsetOutOfRange);
    CHECK(beyond.error().message ==
          "offset 10 is outside of the log of topic orders: partition 1 (0 to 5); write an offset "
          "inside, or outOfRange: Clamp");
    const auto young = make_plan(
        SpecBuilder().to(ToTimestamp{at_second(9)}).timestamp_not_found(TimestampNotFound::Fail),
        two);
    REQUIRE_FALSE(young.has_value());
    CHECK(young.error().reason == Reason::TimestampNotFound);
    CHECK(young.error().message.find("partition 0, partition 1") != std::string::npos);
  }
}

TEST_CASE("a partition that the topic does not have is an error that says which it has") {
  Snapshot snapshot = SnapshotBuilder().partition(0, 5, 3).partition(0, 5, 3).partition(0, 5, 3);
  snapshot.partitions.clear();  // what was asked for does not exist
  const auto rows = make_plan(SpecBuilder().partition(99), snapshot);
  REQUIRE_FALSE(rows.has_value());
  CHECK(rows.error().reason == Reason::PartitionNotFound);
  CHECK(rows.error().message == "topic orders has 3 partitions, 0 to 2: there is no partition 99");
}

TEST_CASE("the impact of a plan is counted") {
  const Snapshot snapshot = SnapshotBuilder()
                                .partition(0, 100, 90)          // replays 80
                                .partition(0, 100, 4)           // skips 6
                                .partition(0, 100, 10)          // stays
                                .partition(20, 100, kNoCommit)  // clamped, seeded
                                .partition(0, 5, 1);            // clamped, skips 4
  const auto rows = make_plan(SpecBuilder(), snapshot).value();
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

TEST_CASE("only moves are committed, stamped as ours") {
  const Snapshot snapshot = SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 10);
  const auto rows = make_plan(SpecBuilder(), snapshot).value();
  const auto requests = commit_requests(SpecBuilder(), "the-uid", rows);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].metadata == "offsetreset.io/the-uid");
  CHECK(requests[0].offsets == std::vector<core::OffsetCommit>{{"orders", 0, 10}});
}

TEST_CASE("a large plan is cut into requests that the broker takes as one batch each") {
  SnapshotBuilder snapshot;
  for (int i = 0; i < 9'000; ++i) snapshot.partition(0, 100, 90);
  const Spec spec = SpecBuilder();
  const auto rows = make_plan(spec, snapshot).value();
  const auto requests = commit_requests(spec, std::string(36, 'u'), rows);
  CHECK(requests.size() == 2);
  std::size_t total = 0;
  for (const auto& request : requests) {
    total += request.offsets.size();
    const auto estimate = request.offsets.size() *
                          (55 + spec.group.size() + spec.topic.size() + request.metadata.size());
    CHECK(estimate < 900'000);
  }
  CHECK(total == rows.size());
}

TEST_CASE("what is committed tells how far a plan has come") {
  const Spec spec = SpecBuilder();
  const auto rows =
      make_plan(spec, SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 80)).value();
  const auto state = [&](const std::vector<std::int64_t>& offsets,
                         const std::string& metadata = "") {
    return progress(spec, "uid", rows, committed_at(rows, offsets, metadata));
  };
  SUBCASE("all where they were: nothing is applied") {
    CHECK_FALSE(state({90, 80}).is_begun());
    CHECK(state({90, 80}).elsewhere.empty());
  }
  SUBCASE("all where they are to be: done") {
    CHECK(state({10, 10}).is_done());
    CHECK(state({10, 10}).elsewhere.empty());
  }
  SUBCASE("consumers moved on: never again") {
    CHECK(state({10, 12}).elsewhere == std::vector<core::Elsewhere>{{"orders", 1, 10, 12}});
    CHECK(state({91, 80}).elsewhere.size() == 1);
    CHECK(state({kNoCommit, 80}).elsewhere.size() == 1);
  }
  SUBCASE("consumers came back to where one partition was: a request is all or nothing") {
    CHECK(state({10, 80}).elsewhere == std::vector<core::Elsewhere>{{"orders", 1, 10, 80}});
  }
  SUBCASE("a commit's metadata says nothing about where the group is") {
    CHECK_FALSE(state({90, 80}, "by another hand").is_begun());
    CHECK(state({10, 10}, "by another hand").is_done());
  }
}

TEST_CASE("of several requests, the first ones may be applied and the others not") {
  SnapshotBuilder snapshot;
  for (int i = 0; i < 9'000; ++i) snapshot.partition(0, 100, 90);
  const Spec spec = SpecBuilder();
  const auto rows = make_plan(spec, snapshot).value();
  const auto first = commit_requests(spec, "uid", rows).front().offsets.size();
  std::vector<std::int64_t> offsets(rows.size(), 90);
  std::fill_n(offsets.begin(), first, 10);
  const auto half = progress(spec, "uid", rows, committed_at(rows, offsets, ""));
  CHECK(half.elsewhere.empty());
  CHECK(half.requests_done == 1);
  CHECK_FALSE(half.is_done());

  std::fill(offsets.begin(), offsets.end(), 10);
  std::fill_n(offsets.begin(), first, 90);
  const auto backwards = progress(spec, "uid", rows, committed_at(rows, offsets, ""));
  CHECK(backwards.elsewhere.size() == first);
}

TEST_CASE("consumers can have come back to where they were only if every move rewinds them") {
  const auto rows_of = [](std::int64_t first, std::int64_t second) {
    return core::make_plan(SpecBuilder(),
                           SnapshotBuilder().partition(0, 100, first).partition(0, 100, second))
        .value();
  };
  CHECK(core::can_return_to_before(rows_of(90, 80)));
  CHECK(core::can_return_to_before(rows_of(90, 10)));
  CHECK_FALSE(core::can_return_to_before(rows_of(90, 5)));
  CHECK_FALSE(core::can_return_to_before(rows_of(90, kNoCommit)));
}

TEST_CASE("a read back names what is not where the plan put it") {
  const Spec spec = SpecBuilder();
  const auto rows =
      make_plan(spec, SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 10)).value();
  CHECK(not_applied(rows, committed_at(rows, {10, 10}, "")).empty());
  CHECK(not_applied(rows, committed_at(rows, {10, 11}, "")) ==
        std::vector<core::Elsewhere>{{"orders", 1, 10, 11}});
  CHECK(not_applied(rows, committed_at(rows, {kNoCommit, 10}, "")) ==
        std::vector<core::Elsewhere>{{"orders", 0, 10, std::nullopt}});
}
