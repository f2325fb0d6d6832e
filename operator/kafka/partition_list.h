#pragma once

#include <librdkafka/rdkafka.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/ports.h"
#include "core/reason.h"
#include "kafka/handle.h"
#include "kafka/task.h"

namespace kafka {

using Partitions = std::vector<core::TopicPartition>;
using PartitionSpan = std::span<const core::TopicPartition>;

// Each with the same offset, or with the library's "none".
PartitionList partition_list(PartitionSpan partitions,
                             std::int64_t offset = RD_KAFKA_OFFSET_INVALID);

std::span<const rd_kafka_topic_partition_t> items(const rd_kafka_topic_partition_list_t* list);

core::TopicPartition name_of(const rd_kafka_topic_partition_t& partition);

// The topics of partitions, commits or the like, in order, each once.
template <typename Rows>
std::vector<std::string> topics_of(const Rows& rows) {
  std::set<std::string> topics;
  for (const auto& row : rows) topics.insert(row.topic);
  return {topics.begin(), topics.end()};
}

// The error of a partition in an answer, naming it; none if it has none.
core::Result<void> check_partition(const rd_kafka_topic_partition_t& partition, const Task& task);

}  // namespace kafka
