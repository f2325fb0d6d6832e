#include "kafka/commit_offsets.h"

#include <utility>

#include "kafka/errors.h"
#include "kafka/partition_list.h"

namespace kafka {
namespace {

// The list frees the metadata with free(), so it must come from malloc:
// rd_kafka_mem_malloc(nullptr).
void set_metadata(rd_kafka_topic_partition_t* partition, const std::string& metadata) {
  if (metadata.empty()) return;
  partition->metadata = rd_kafka_mem_malloc(nullptr, metadata.size());
  partition->metadata_size = metadata.size();
  metadata.copy(static_cast<char*>(partition->metadata), metadata.size());
}

PartitionList list_of(const core::CommitRequest& request) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(request.offsets.size())));
  for (const auto& commit : request.offsets) {
    auto* partition =
        rd_kafka_topic_partition_list_add(list.get(), commit.topic.c_str(), commit.partition);
    partition->offset = commit.offset;  // The leader epoch stays unset: the offset may be any.
    set_metadata(partition, request.metadata);
  }
  return list;
}

}  // namespace

Request commit_offsets(const core::CommitRequest& request) {
  // For messages about rights: the topic, where there is one only.
  Task task{Operation::Commit, request.group, request.offsets.front().topic};
  auto send = [request](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                        rd_kafka_queue_t* queue) {
    const auto list = list_of(request);
    const CommitOrder order(
        rd_kafka_AlterConsumerGroupOffsets_new(request.group.c_str(), list.get()));
    auto* argument = order.get();
    rd_kafka_AlterConsumerGroupOffsets(handle, &argument, 1, options, queue);
  };
  return {std::move(task), RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, std::move(send)};
}

core::Result<void> check_commit(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(answer.get());
  const auto* groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count);
  if (count != 1 || task.group != rd_kafka_group_result_name(groups[0])) {
    return tl::unexpected(answer_lacks(task, "the group"));
  }
  const auto code = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  for (const auto& partition : items(rd_kafka_group_result_partitions(groups[0]))) {
    if (auto good = check_partition(partition, task); !good) return good;
  }
  return {};
}

}  // namespace kafka
