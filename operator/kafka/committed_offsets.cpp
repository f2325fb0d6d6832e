#include "kafka/committed_offsets.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kafka/errors.h"
#include "kafka/partition_list.h"

namespace kafka {
namespace {

using Partitions = std::vector<std::int32_t>;

// No partitions stands for all of the group's.
Request request_for(Task task, std::optional<Partitions> partitions) {
  auto send = [task, partitions = std::move(partitions)](rd_kafka_t* handle,
                                                         const rd_kafka_AdminOptions_t* options,
                                                         rd_kafka_queue_t* queue) {
    const auto list = partitions ? partition_list(task.topic, *partitions) : nullptr;
    const CommittedQuery query(
        rd_kafka_ListConsumerGroupOffsets_new(task.group.c_str(), list.get()));
    auto* argument = query.get();
    rd_kafka_ListConsumerGroupOffsets(handle, &argument, 1, options, queue);
  };
  return {std::move(task), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, std::move(send)};
}

using Rows = std::span<const rd_kafka_topic_partition_t>;

core::Result<Rows> rows_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(answer.get());
  const auto* groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
  if (count != 1 || task.group != rd_kafka_group_result_name(groups[0])) {
    return tl::unexpected(answer_lacks(task, "the group"));
  }
  const auto code = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return Rows{};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  const auto rows = items(rd_kafka_group_result_partitions(groups[0]));
  for (const auto& row : rows) {
    if (auto good = check_partition(row, task); !good) return tl::unexpected(good.error());
  }
  return rows;
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

Request list_committed(const std::string& group, const std::string& topic,
                       std::span<const std::int32_t> partitions) {
  return request_for({Operation::Committed, group, topic},
                     Partitions(partitions.begin(), partitions.end()));
}

core::Result<std::map<std::int32_t, std::optional<core::Commit>>> committed_in(const Event& answer,
                                                                               const Task& task) {
  const auto rows = rows_in(answer, task);
  if (!rows) return tl::unexpected(rows.error());
  std::map<std::int32_t, std::optional<core::Commit>> committed;
  for (const auto& row : *rows) {
    if (task.topic == row.topic) committed.emplace(row.partition, commit_of(row));
  }
  return committed;
}

Request list_all_committed(const std::string& group) {
  return request_for({Operation::Committed, group, {}}, std::nullopt);
}

core::Result<bool> has_commits_in(const Event& answer, const Task& task) {
  return rows_in(answer, task).map([](Rows rows) {
    return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.offset >= 0; });
  });
}

}  // namespace kafka
