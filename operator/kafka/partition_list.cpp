#include "kafka/partition_list.h"

#include "kafka/errors.h"

namespace kafka {

PartitionList partition_list(PartitionSpan partitions, std::int64_t offset) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& [topic, partition] : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  }
  return list;
}

std::span<const rd_kafka_topic_partition_t> items(const rd_kafka_topic_partition_list_t* list) {
  if (list == nullptr) return {};
  return {list->elems, static_cast<std::size_t>(list->cnt)};
}

core::TopicPartition name_of(const rd_kafka_topic_partition_t& partition) {
  return {partition.topic, partition.partition};
}

core::Result<void> check_partition(const rd_kafka_topic_partition_t& partition, const Task& task) {
  if (partition.err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return tl::unexpected(error_of(task, partition));
}

}  // namespace kafka
