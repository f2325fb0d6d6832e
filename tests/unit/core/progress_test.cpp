#include "core/progress.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/builders.h"

using core::Commit;
using core::Row;
using core::Snapshot;
using core::Spec;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

constexpr std::int64_t kNoCommit = -1;

Snapshot committed_at(const std::vector<Row>& rows, const std::vector<std::int64_t>& offsets,
                      const std::string& metadata) {
  Snapshot snapshot;
  for (const Row& row : rows) {
    core::PartitionSnapshot at;
    at.topic = row.topic;
    at.partition = row.partition;
    const auto offset = offsets.at(static_cast<std::size_t>(row.partition));
    if (offset >= 0) at.committed = Commit{offset, 0, metadata};
    snapshot.partitions.push_back(at);
  }
  return snapshot;
}

// Rows by hand: `before` and `after`, or kNoCommit.
Row row(std::string topic, std::int32_t partition, std::int64_t before, std::int64_t after) {
  Row made{std::move(topic), partition, {}, {}, 0, 100, {}};
  if (before >= 0) made.before = before;
  if (after >= 0) made.after = after;
  return made;
}

Snapshot found(const std::vector<Row>& rows, const std::vector<std::int64_t>& offsets,
               const std::string& metadata = "") {
  Snapshot snapshot;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    core::PartitionSnapshot at;
    at.topic = rows[i].topic;
    at.partition = rows[i].partition;
    if (offsets.at(i) >= 0) at.committed = Commit{offsets[i], -1, metadata};
    snapshot.partitions.push_back(at);
  }
  return snapshot;
}

}  // namespace

TEST_CASE("only moves are committed, stamped as ours") {
  const Snapshot snapshot = SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 10);
  const auto rows = tests::plan(SpecBuilder(), snapshot).value();
  const auto requests = commit_requests(SpecBuilder(), "the-uid", rows);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].metadata == "offsetreset.io/the-uid");
  CHECK(requests[0].offsets == std::vector<core::OffsetCommit>{{"orders", 0, 10}});
}

TEST_CASE("a large plan is cut into requests that the broker takes as one batch each") {
  SnapshotBuilder snapshot;
  for (int i = 0; i < 9'000; ++i) snapshot.partition(0, 100, 90);
  const Spec spec = SpecBuilder();
  const auto rows = tests::plan(spec, snapshot).value();
  const auto requests = commit_requests(spec, std::string(36, 'u'), rows);
  CHECK(requests.size() == 2);
  std::size_t total = 0;
  for (const auto& request : requests) {
    total += request.offsets.size();
    const auto estimate =
        request.offsets.size() *
        (55 + spec.group.size() + spec.topics[0].topic.size() + request.metadata.size());
    CHECK(estimate < 900'000);
  }
  CHECK(total == rows.size());
}

TEST_CASE("what is committed tells how far a plan has come") {
  const Spec spec = SpecBuilder();
  const auto rows =
      tests::plan(spec, SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 80)).value();
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
  const auto rows = tests::plan(spec, snapshot).value();
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
    return tests::plan(SpecBuilder(),
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
      tests::plan(spec, SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 10)).value();
  CHECK(not_applied(rows, committed_at(rows, {10, 10}, "")).empty());
  CHECK(not_applied(rows, committed_at(rows, {10, 11}, "")) ==
        std::vector<core::Elsewhere>{{"orders", 1, 10, 11}});
  CHECK(not_applied(rows, committed_at(rows, {kNoCommit, 10}, "")) ==
        std::vector<core::Elsewhere>{{"orders", 0, 10, std::nullopt}});
}

TEST_CASE("commits come first, and then deletions, a request a topic") {
  const std::vector<Row> rows{row("a", 0, 5, kNoCommit), row("a", 1, 5, 7), row("b", 0, 5, 7),
                              row("b", 1, 5, kNoCommit), row("b", 2, 5, kNoCommit)};
  const auto requests = commit_requests(SpecBuilder(), "uid", rows);
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].offsets == std::vector<core::OffsetCommit>{{"a", 1, 7}, {"b", 0, 7}});
  CHECK(requests[0].deletions.empty());
  CHECK(requests[1].deletions == std::vector<core::TopicPartition>{{"a", 0}});
  CHECK(requests[2].deletions == std::vector<core::TopicPartition>{{"b", 1}, {"b", 2}});
  CHECK(requests[2].offsets.empty());
}

TEST_CASE("what is not to be changed is in no request") {
  const std::vector<Row> rows{row("a", 0, 5, 5), row("a", 1, kNoCommit, kNoCommit)};
  CHECK(commit_requests(SpecBuilder(), "uid", rows).empty());
}

TEST_CASE("how far a plan with deletions has come") {
  const Spec spec = SpecBuilder();
  const std::vector<Row> rows{row("a", 0, 5, 7), row("a", 1, 5, kNoCommit),
                              row("b", 0, 5, kNoCommit)};
  const auto state = [&](const std::vector<std::int64_t>& offsets) {
    return progress(spec, "uid", rows, found(rows, offsets));
  };
  CHECK(state({5, 5, 5}).requests == 3);
  CHECK_FALSE(state({5, 5, 5}).is_begun());
  CHECK(state({7, 5, 5}).requests_done == 1);
  CHECK(state({7, kNoCommit, 5}).requests_done == 2);
  CHECK(state({7, kNoCommit, kNoCommit}).is_done());
  CHECK(state({7, kNoCommit, kNoCommit}).elsewhere.empty());
  CHECK(state({7, 9, 5}).elsewhere == std::vector<core::Elsewhere>{{"a", 1, std::nullopt, 9}});
  // The last request is applied, so the one before it was too: a consumer has committed since.
  CHECK(state({7, 5, kNoCommit}).elsewhere.size() == 1);
}

TEST_CASE("of a commit that is written again where it is, only the stamp tells that it was") {
  const Spec spec = SpecBuilder();
  std::vector<Row> rows{row("a", 0, 5, 5)};
  rows[0].note = core::Note::Recommitted;
  CHECK(commit_requests(spec, "uid", rows).size() == 1);
  CHECK_FALSE(progress(spec, "uid", rows, found(rows, {5})).is_begun());
  CHECK(progress(spec, "uid", rows, found(rows, {5}, "offsetreset.io/uid")).is_done());
  CHECK(progress(spec, "uid", rows, found(rows, {6})).elsewhere.size() == 1);
  CHECK_FALSE(core::can_return_to_before(rows));
}

TEST_CASE("consumers without a commit may begin at the log start, and come back from there") {
  CHECK(core::can_return_to_before({row("a", 0, 5, kNoCommit)}));
  CHECK_FALSE(core::can_return_to_before({row("a", 0, kNoCommit, 5)}));
}

TEST_CASE("a plan is read back and looked for by its own partitions") {
  const std::vector<Row> rows{row("a", 0, 5, 7), row("a", 3, 5, kNoCommit), row("b", 1, 5, 7)};
  const auto read = read_back_request(SpecBuilder(), rows);
  CHECK(read.topics == std::vector<core::TopicRead>{{"a", {0, 3}, {}}, {"b", {1}, {}}});
  CHECK(read.even_if_active);
  CHECK_FALSE(read.with_logs);
  const auto find = history_request(SpecBuilder(), "uid", rows, tests::at_second(7));
  CHECK(find.metadata == "offsetreset.io/uid");
  CHECK(find.deletions == std::vector<core::TopicPartition>{{"a", 3}});
  CHECK(find.since == tests::at_second(7));
}
