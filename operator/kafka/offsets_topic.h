#pragma once

#include <cstdint>
#include <string>

#include "core/ports.h"

// Where and how group coordinators keep what is committed. Pure.
namespace kafka {

// The topic in which group coordinators keep what is committed (Kafka's own, internal).
inline constexpr const char* kOffsetsTopic = "__consumer_offsets";

// The partition of that topic which holds a group: the absolute value of Java's String.hashCode of
// its name, modulo the partitions (Kafka 4.3, GroupCoordinatorService.partitionFor).
std::int32_t offsets_partition(const std::string& group, std::int32_t partitions);

// The key under which that topic holds a group's commit for a partition, in one of its two versions
// (Kafka 4.3, OffsetCommitKey): they differ in nothing but the number.
std::string offset_commit_key(std::int16_t version, const std::string& group,
                              const core::TopicPartition& at);

}  // namespace kafka
