#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/offset_reset.h"

// What Kafka said, at one moment.
namespace core {

// A committed offset as the group coordinator stores it.
struct Commit {
  std::int64_t offset = 0;
  std::int32_t leader_epoch = -1;  // -1: the committer gave none
  std::string metadata;
  bool operator==(const Commit&) const = default;
};

// The first record at or after a timestamp.
struct RecordAt {
  std::int64_t offset = 0;
  TimePoint timestamp;  // of the record
  bool operator==(const RecordAt&) const = default;
};

struct PartitionSnapshot {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<Commit> committed;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;              // high watermark, or last stable offset with ReadCommitted
  std::optional<RecordAt> at_timestamp;  // none: there is no such record, or none was asked for
  std::optional<std::int64_t> source;    // what the source group has committed, if asked for
  bool operator==(const PartitionSnapshot&) const = default;
};

struct GroupSnapshot {
  GroupState state = GroupState::Unknown;
  GroupType type = GroupType::Unknown;
  std::string assignor;         // of a classic group: the protocol its members agreed on
  std::vector<Member> members;  // all of them
  bool operator==(const GroupSnapshot&) const = default;

  // Also without visible members: while a group rebalances, the broker may name none.
  bool is_active() const {
    const bool is_at_rest =
        state == GroupState::Empty || state == GroupState::Dead || state == GroupState::Unknown;
    return !members.empty() || !is_at_rest;
  }
};

struct Snapshot {
  std::string cluster_id;  // as the brokers say; empty: they don't
  GroupSnapshot group;
  // Of every topic of the request. Empty: not asked for, as the group is active (see Kafka::read).
  std::map<std::string, std::int32_t> partition_counts;
  // In order of topic and partition; those of the request that exist.
  std::vector<PartitionSnapshot> partitions;
  bool operator==(const Snapshot&) const = default;

  const PartitionSnapshot* find(const std::string& topic, std::int32_t partition) const;
};

}  // namespace core
