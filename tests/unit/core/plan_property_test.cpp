#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/conditions.h"
#include "core/plan.h"
#include "core/progress.h"
#include "support/builders.h"

// What holds for every plan, over random logs, commits and destinations.

using core::Row;
using core::Snapshot;
using core::Spec;
using tests::at_second;
using tests::SpecBuilder;

namespace {

constexpr std::uint64_t kSeeds = 5'000;
constexpr std::size_t kDestinations = 10;

// Random worlds and specs out of one seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution(least, most)(random_);
  }
  bool one_in(int n) { return between(1, n) == 1; }

  core::Destination destination(std::size_t which) {
    switch (which) {
      case 0:
        return core::ToOffset{between(0, 150)};
      case 1:
        return core::ToTimestamp{at_second(between(0, 100))};
      case 2:
        return core::ToAgo{std::chrono::seconds(between(1, 100)), "some time"};
      case 3:
        return core::ToShift{between(-150, 150)};
      case 4:
        return core::ToGroup{"other"};
      case 5: {
        core::ToOffsets map;
        for (std::int32_t id = 0; id < 4; ++id) {
          if (!one_in(3)) map.offsets.push_back({id, between(0, 150)});
        }
        return map;
      }
      default:
        return core::ToPosition{static_cast<core::Position>(which - 6)};
    }
  }

  core::PartitionSnapshot partition(const std::string& topic, std::int32_t id) {
    core::PartitionSnapshot at;
    at.topic = topic;
    at.partition = id;
    at.log_start = between(0, 50);
    at.log_end = at.log_start + (one_in(5) ? 0 : between(0, 80));
    // A commit can be outside of the log: the broker does not check.
    if (!one_in(4)) at.committed = core::Commit{between(0, 150), 0, ""};
    if (!one_in(4)) at.source = between(0, 150);
    if (!one_in(3)) {
      at.at_timestamp =
          core::RecordAt{between(at.log_start, at.log_end), at_second(between(0, 200))};
    }
    return at;
  }

  Snapshot snapshot() {
    Snapshot snapshot;
    for (const std::string topic : {"a", "b"}) {
      for (std::int32_t id = 0; id < 4; ++id) snapshot.partitions.push_back(partition(topic, id));
      snapshot.partition_counts[topic] = 4;
    }
    return snapshot;
  }

  Spec spec(std::size_t first, std::size_t second) {
    Spec spec =
        SpecBuilder().topics({{"a", {}, destination(first)}, {"b", {}, destination(second)}});
    spec.missing_commit = one_in(2) ? core::MissingCommit::Set : core::MissingCommit::Skip;
    return spec;
  }

 private:
  std::mt19937_64 random_;
};

std::vector<Row> plan_of(const Spec& spec, const Snapshot& snapshot) {
  core::Inputs inputs;
  inputs.ago_from = at_second(200);
  auto rows = tests::plan(spec, snapshot, inputs);
  REQUIRE(rows.has_value());
  return *std::move(rows);
}

// Kafka after the plan was applied.
Snapshot applied(Snapshot snapshot, const std::vector<Row>& rows) {
  for (auto& at : snapshot.partitions) {
    for (const Row& row : rows) {
      if (row.topic != at.topic || row.partition != at.partition) continue;
      at.committed = row.after ? std::optional(core::Commit{*row.after, -1, ""}) : std::nullopt;
    }
  }
  return snapshot;
}

template <typename Check>
void for_each_plan(Check check) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    const Spec spec = dice.spec(seed % kDestinations, seed / kDestinations % kDestinations);
    const Snapshot snapshot = dice.snapshot();
    CAPTURE(describe_destination(spec));
    check(spec, snapshot, plan_of(spec, snapshot));
  }
}

bool is_exempt(const core::Destination& to) {
  const auto* position = std::get_if<core::ToPosition>(&to);
  return std::holds_alternative<core::ToGroup>(to) ||
         (position != nullptr && position->position == core::Position::Current);
}

}  // namespace

TEST_CASE("under Clamp every planned offset is within the log") {
  std::set<std::size_t> seen;
  for_each_plan([&](const Spec& spec, const Snapshot&, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      const auto& to = *spec.topics.at(row.topic == "a" ? 0 : 1).to;
      seen.insert(to.index());
      // What is copied as it is (Current, group) and what stays as it was is not clamped.
      if (is_exempt(to) || row.is_skipped() || !row.is_move() || !row.after) continue;
      CHECK(*row.after >= row.log_start);
      CHECK(*row.after <= row.log_end);
    }
  });
  CHECK(seen.size() == 7);
}

TEST_CASE("a plan is the same for the same world") {
  for_each_plan([](const Spec& spec, const Snapshot& snapshot, const std::vector<Row>& rows) {
    CHECK(plan_of(spec, snapshot) == rows);
    CHECK(commit_requests(spec, "uid", plan_of(spec, snapshot)) ==
          commit_requests(spec, "uid", rows));
  });
}

TEST_CASE("a plan, and what is sent of it, holds no partition twice") {
  for_each_plan([](const Spec& spec, const Snapshot&, const std::vector<Row>& rows) {
    std::set<core::TopicPartition> planned;
    for (const Row& row : rows) CHECK(planned.insert({row.topic, row.partition}).second);
    std::set<core::TopicPartition> sent;
    for (const auto& request : commit_requests(spec, "uid", rows)) {
      CHECK(request.offsets.empty() != request.deletions.empty());
      for (const auto& at : request.offsets) CHECK(sent.insert({at.topic, at.partition}).second);
      for (const auto& at : request.deletions) CHECK(sent.insert(at).second);
    }
    const auto changes =
        std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_change(); });
    CHECK(sent.size() == static_cast<std::size_t>(changes));
  });
}

TEST_CASE("the numbers of an impact add up") {
  for_each_plan([](const Spec&, const Snapshot&, const std::vector<Row>& rows) {
    const core::Summary sum = impact(rows);
    CHECK(sum.partitions == static_cast<std::int64_t>(rows.size()));
    CHECK(sum.moved + sum.unchanged + sum.skipped == sum.partitions);
    CHECK(sum.clamped <= sum.partitions);
    // What is read again and what is skipped is the way between before and after.
    std::int64_t way = 0;
    bool has_deletions = false;
    for (const Row& row : rows) {
      has_deletions = has_deletions || row.is_deletion();
      if (row.before && row.after) way += *row.after - *row.before;
    }
    if (!has_deletions) CHECK(sum.skip_records - sum.replay_records == way);
    CHECK(sum.replay_records >= 0);
    CHECK(sum.skip_records >= 0);
    CHECK(sum.lag_before >= 0);
    CHECK(sum.lag_after >= 0);
  });
}

TEST_CASE("a plan that was applied is found to be applied, and one that was not is not") {
  for_each_plan([](const Spec& spec, const Snapshot& snapshot, const std::vector<Row>& rows) {
    const bool is_only_moves = std::all_of(
        rows.begin(), rows.end(), [](const Row& row) { return row.is_move() || !row.is_change(); });
    if (!is_only_moves || !core::changes_anything(rows)) return;
    const auto after = applied(snapshot, rows);
    CHECK(progress(spec, "uid", rows, after).is_done());
    CHECK(progress(spec, "uid", rows, after).elsewhere.empty());
    CHECK(not_applied(rows, after).empty());
    CHECK_FALSE(progress(spec, "uid", rows, snapshot).is_begun());
    CHECK(progress(spec, "uid", rows, snapshot).elsewhere.empty());
  });
}

TEST_CASE("the undo of a reset is the identity") {
  for_each_plan([](const Spec& spec, const Snapshot& snapshot, const std::vector<Row>& rows) {
    core::OffsetReset done = tests::resource(spec, "replay");
    done.status.rows = rows;
    set_outcome(done.status, {core::Reason::OffsetsReset, "done"}, 1, at_second(1));
    core::Inputs inputs;
    inputs.undone = done;
    const Snapshot after = applied(snapshot, rows);
    const auto undo = tests::plan(SpecBuilder().to(core::ToUndo{"replay", false}), after, inputs);
    REQUIRE(undo.has_value());
    const Snapshot back = applied(after, *undo);
    for (std::size_t i = 0; i < snapshot.partitions.size(); ++i) {
      const auto offset_of = [](const core::PartitionSnapshot& at) {
        return at.committed ? std::optional(at.committed->offset) : std::nullopt;
      };
      CHECK(offset_of(back.partitions[i]) == offset_of(snapshot.partitions[i]));
    }
  });
}
