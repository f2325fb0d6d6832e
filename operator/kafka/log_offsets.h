#pragma once

#include <map>
#include <optional>

#include "core/snapshot.h"
#include "kafka/call.h"
#include "kafka/partition_list.h"

namespace kafka {

// Of LogStart and LogEnd only the offset means something. Of Timestamp there may be none: no record
// is that young.
using LogOffsets = std::map<core::TopicPartition, std::optional<core::RecordAt>>;

// Offsets in the logs of partitions. `which` is the log's start (LogStart), its end (LogEnd: the
// high watermark, until the request's isolation says otherwise) or the first record at or after
// `timestamp` (Timestamp).
Request list_offsets(Operation which, PartitionSpan partitions, core::TimePoint timestamp = {});
core::Result<LogOffsets> offsets_in(const Event& answer, const Task& task);

}  // namespace kafka
