#pragma once

#include <librdkafka/rdkafka.h>

#include <span>
#include <string>

#include "core/reason.h"
#include "kafka/handle.h"
#include "kafka/task.h"

namespace kafka {

// Partitions of one topic, each with the same offset, or with the library's "none".
PartitionList partition_list(const std::string& topic, std::span<const std::int32_t> partitions,
                             std::int64_t offset = RD_KAFKA_OFFSET_INVALID);

std::span<const rd_kafka_topic_partition_t> items(const rd_kafka_topic_partition_list_t* list);

// The error of a partition in an answer, naming it; none if it has none.
core::Result<void> check_partition(const rd_kafka_topic_partition_t& partition, const Task& task);

}  // namespace kafka
