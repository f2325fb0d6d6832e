#include "kafka/commit_offsets.h"

#include <span>
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

Request commit_offsets(const core::CommitRequest& request) {
  auto send = [request](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                        rd_kafka_queue_t* queue) {
    const auto list = list_of(request);
    const CommitOrder order(
        rd_kafka_AlterConsumerGroupOffsets_new(request.group.c_str(), list.get()));
    auto* argument = order.get();
    rd_kafka_AlterConsumerGroupOffsets(handle, &argument, 1, options, queue);
  };
  return {{Operation::Commit, request.group, topics_of(request.offsets)},
          RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
          std::move(send)};
}

Request delete_offsets(const core::CommitRequest& request) {
  auto send = [group = request.group, deletions = request.deletions](
                  rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                  rd_kafka_queue_t* queue) {
    const auto list = partition_list(deletions);
    const DeletionOrder order(rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), list.get()));
    auto* argument = order.get();
    rd_kafka_DeleteConsumerGroupOffsets(handle, &argument, 1, options, queue);
  };
  Request deletion{{Operation::Delete, request.group, topics_of(request.deletions)},
                   RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
                   std::move(send)};
  deletion.tolerated = RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
  return deletion;
}

using Groups = std::span<const rd_kafka_group_result_t*>;

Groups groups_in(rd_kafka_event_t* answer, Operation operation) {
  std::size_t count = 0;
  if (operation == Operation::Delete) {
    const auto* result = rd_kafka_event_DeleteConsumerGroupOffsets_result(answer);
    return {rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, &count), count};
  }
  const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(answer);
  return {rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count};
}

}  // namespace

Request commit_request(const core::CommitRequest& request) {
  return request.deletions.empty() ? commit_offsets(request) : delete_offsets(request);
}

core::Result<void> check_commit(const Event& answer, const Task& task) {
  // Of a deletion: nothing else is let through with an error of the whole answer.
  if (rd_kafka_event_error(answer.get()) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return {};
  const auto groups = groups_in(answer.get(), task.operation);
  if (groups.size() != 1 || task.group != rd_kafka_group_result_name(groups[0])) {
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
