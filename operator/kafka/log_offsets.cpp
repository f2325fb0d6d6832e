#include "kafka/log_offsets.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "kafka/errors.h"

namespace kafka {
namespace {

// "No such record" as the broker says it, without an error.
constexpr std::int64_t kNoRecord = -1;

std::int64_t spec_for(Operation which, core::TimePoint timestamp) {
  if (which == Operation::LogStart) return RD_KAFKA_OFFSET_SPEC_EARLIEST;
  if (which == Operation::LogEnd) return RD_KAFKA_OFFSET_SPEC_LATEST;
  return timestamp.time_since_epoch().count();
}

core::Result<std::optional<core::RecordAt>> offset_of(const rd_kafka_ListOffsetsResultInfo_t* row,
                                                      const Task& task) {
  const auto& partition = *rd_kafka_ListOffsetsResultInfo_topic_partition(row);
  if (auto good = check_partition(partition, task); !good) return tl::unexpected(good.error());
  if (partition.offset >= 0) {
    const std::chrono::milliseconds since_epoch(rd_kafka_ListOffsetsResultInfo_timestamp(row));
    return core::RecordAt{partition.offset, core::TimePoint(since_epoch)};
  }
  if (partition.offset == kNoRecord && task.operation == Operation::Timestamp) return std::nullopt;
  // 2.14 fills in -1001, without an error, for a partition that the broker's answer lacks.
  return tl::unexpected(answer_lacks(
      task, fmt::format("partition {} of topic {}", partition.partition, partition.topic)));
}

}  // namespace

Request list_offsets(Operation which, PartitionSpan partitions, core::TimePoint timestamp) {
  auto send = [offset = spec_for(which, timestamp),
               wanted = Partitions(partitions.begin(), partitions.end())](
                  rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                  rd_kafka_queue_t* queue) {
    const auto list = partition_list(wanted, offset);
    rd_kafka_ListOffsets(handle, list.get(), options, queue);
  };
  return {{which, {}, topics_of(partitions)}, RD_KAFKA_ADMIN_OP_LISTOFFSETS, std::move(send)};
}

core::Result<LogOffsets> offsets_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_ListOffsets_result(answer.get());
  const auto* rows = rd_kafka_ListOffsets_result_infos(result, &count);
  LogOffsets offsets;
  for (const auto* row : std::span(rows, count)) {
    auto offset = offset_of(row, task);
    if (!offset) return tl::unexpected(std::move(offset).error());
    offsets.emplace(name_of(*rd_kafka_ListOffsetsResultInfo_topic_partition(row)), *offset);
  }
  return offsets;
}

}  // namespace kafka
