#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/ports.h"
#include "kafka/partition_list.h"

namespace kafka {

// The partitions that a read is about, in order, and again by what else is to be known of them.
struct Wanted {
  Partitions partitions;
  std::map<std::string, Partitions> by_source;  // by the group that is copied
  std::map<core::TimePoint, Partitions> by_timestamp;

  // Of those that exist. `topics`: in order; `counts`: how many partitions a topic has.
  static Wanted of(const std::vector<core::TopicRead>& topics,
                   const std::map<std::string, std::int32_t>& counts);
};

// Partitions in order as topics to read, with the same for each.
std::vector<core::TopicRead> topics_to_read(const std::set<core::TopicPartition>& partitions,
                                            const core::PartitionRead& also);

}  // namespace kafka
