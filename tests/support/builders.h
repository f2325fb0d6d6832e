#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/offset_reset.h"
#include "core/plan.h"
#include "core/selection.h"
#include "core/snapshot.h"

// Fluent builders: a test says what matters to it and leaves the rest alone.
namespace tests {

inline core::TimePoint at_second(std::int64_t seconds) {
  return core::TimePoint(std::chrono::seconds(seconds));
}

class SpecBuilder {
 public:
  SpecBuilder() {
    spec_.bootstrap_servers = "kafka:9092";
    spec_.group = "orders-consumer";
    spec_.topics = {{"orders", {}, std::nullopt}};
    spec_.to = core::ToOffset{10};
  }
  SpecBuilder& to(core::Destination destination) {
    if (names_its_partitions(destination)) spec_.topics.clear();
    spec_.to = std::move(destination);
    return *this;
  }
  // These instead of the one topic "orders".
  SpecBuilder& topics(std::vector<core::TopicScope> topics) {
    spec_.topics = std::move(topics);
    return *this;
  }
  SpecBuilder& all_topics() {
    spec_.topics.clear();
    spec_.all_topics = true;
    return *this;
  }
  SpecBuilder& group(std::string group) {
    spec_.group = std::move(group);
    return *this;
  }
  SpecBuilder& partition(std::int32_t partition) {
    spec_.topics.front().partitions = {partition};
    return *this;
  }
  SpecBuilder& out_of_range(core::OutOfRange policy) {
    spec_.out_of_range = policy;
    return *this;
  }
  SpecBuilder& timestamp_not_found(core::TimestampNotFound policy) {
    spec_.timestamp_not_found = policy;
    return *this;
  }
  SpecBuilder& missing_commit(core::MissingCommit policy) {
    spec_.missing_commit = policy;
    return *this;
  }
  SpecBuilder& guards(core::Guards guards) {
    spec_.guards = guards;
    return *this;
  }
  SpecBuilder& settle(std::chrono::seconds settle) {
    spec_.guards.settle = settle;
    return *this;
  }
  SpecBuilder& not_before(core::TimePoint time) {
    spec_.not_before = time;
    return *this;
  }
  SpecBuilder& not_after(core::TimePoint time) {
    spec_.not_after = time;
    return *this;
  }
  SpecBuilder& ttl(std::chrono::seconds ttl) {
    spec_.ttl = ttl;
    return *this;
  }
  SpecBuilder& dry_run(bool dry_run = true) {
    spec_.dry_run = dry_run;
    return *this;
  }
  SpecBuilder& suspend(bool suspend = true) {
    spec_.suspend = suspend;
    return *this;
  }
  SpecBuilder& when_active(core::WhenActive policy) {
    spec_.when_active = policy;
    return *this;
  }
  SpecBuilder& wait(std::chrono::seconds wait) {
    spec_.wait = wait;
    return *this;
  }
  operator core::Spec() const { return spec_; }  // NOLINT(google-explicit-constructor)

 private:
  core::Spec spec_;
};

// A fresh resource, as the API server gives it to the operator for the first time.
inline core::OffsetReset resource(core::Spec spec = SpecBuilder(), std::string name = "replay") {
  core::OffsetReset made;
  made.key = {"payments", std::move(name)};
  made.uid = "uid-of-" + made.key.name;
  made.resource_version = "100";
  made.generation = 1;
  made.created = at_second(1'000);
  made.spec = std::move(spec);
  return made;
}

class SnapshotBuilder {
 public:
  SnapshotBuilder() {
    snapshot_.group.state = core::GroupState::Empty;
    snapshot_.group.type = core::GroupType::Classic;
  }
  // The partitions after it are this topic's, and those before it "orders"'. In order of name.
  SnapshotBuilder& topic(std::string topic) {
    topic_ = std::move(topic);
    return *this;
  }
  // A partition with the log [log_start, log_end]; committed < 0: the group has no commit there.
  SnapshotBuilder& partition(std::int64_t log_start, std::int64_t log_end, std::int64_t committed) {
    core::PartitionSnapshot at;
    at.topic = topic_;
    at.partition = snapshot_.partition_counts[topic_]++;
    at.log_start = log_start;
    at.log_end = log_end;
    if (committed >= 0) at.committed = core::Commit{committed, 0, ""};
    snapshot_.partitions.push_back(at);
    return *this;
  }
  // What the timestamp lookup found in the partition added last.
  SnapshotBuilder& record_at(std::int64_t offset, core::TimePoint timestamp) {
    snapshot_.partitions.back().at_timestamp = core::RecordAt{offset, timestamp};
    return *this;
  }
  // What the source group has committed for the partition added last.
  SnapshotBuilder& source(std::int64_t offset) {
    snapshot_.partitions.back().source = offset;
    return *this;
  }
  SnapshotBuilder& member(std::string client_id, std::string host = "10.0.0.7") {
    snapshot_.group.state = core::GroupState::Stable;
    snapshot_.group.members.push_back({std::move(client_id), std::move(host), 1});
    return *this;
  }
  operator core::Snapshot() const { return snapshot_; }  // NOLINT(google-explicit-constructor)

 private:
  core::Snapshot snapshot_;
  std::string topic_ = "orders";
};

// The plan for a spec that needs these inputs.
inline core::Result<std::vector<core::Row>> plan(const core::Spec& spec,
                                                 const core::Snapshot& snapshot,
                                                 const core::Inputs& inputs = {}) {
  return core::select(spec, inputs).and_then([&](const core::Selection& selection) {
    return core::make_plan(spec, selection, snapshot);
  });
}

}  // namespace tests
