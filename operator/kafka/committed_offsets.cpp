#include "kafka/committed_offsets.h"

#include <utility>

#include "kafka/errors.h"

namespace kafka {
namespace {

// No partitions stands for all of the group's.
Request request_for(Operation which, const std::string& group,
                    std::optional<Partitions> partitions) {
  auto send = [group, partitions = std::move(partitions)](rd_kafka_t* handle,
                                                          const rd_kafka_AdminOptions_t* options,
                                                          rd_kafka_queue_t* queue) {
    const auto list = partitions ? partition_list(*partitions) : nullptr;
    const CommittedQuery query(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
    auto* argument = query.get();
    rd_kafka_ListConsumerGroupOffsets(handle, &argument, 1, options, queue);
  };
  return {{which, group, {}}, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, std::move(send)};
}

// Without a commit the offset is -1 or -1001.
std::optional<core::Commit> commit_of(const rd_kafka_topic_partition_t& row) {
  if (row.offset < 0) return std::nullopt;
  const auto* metadata = static_cast<const char*>(row.metadata);
  return core::Commit{
      row.offset, rd_kafka_topic_partition_get_leader_epoch(&row),
      metadata == nullptr ? std::string() : std::string(metadata, row.metadata_size)};
}

}  // namespace

Request list_committed(Operation which, const std::string& group, PartitionSpan partitions) {
  return request_for(which, group, Partitions(partitions.begin(), partitions.end()));
}

Request list_all_committed(Operation which, const std::string& group) {
  return request_for(which, group, std::nullopt);
}

core::Result<Commits> commits_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(answer.get());
  const auto* groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
  if (count != 1 || task.group != rd_kafka_group_result_name(groups[0])) {
    return tl::unexpected(answer_lacks(task, "the group"));
  }
  const auto code = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return Commits{};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  Commits commits;
  for (const auto& row : items(rd_kafka_group_result_partitions(groups[0]))) {
    if (auto good = check_partition(row, task); !good) return tl::unexpected(good.error());
    commits.emplace(name_of(row), commit_of(row));
  }
  return commits;
}

}  // namespace kafka
