#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "core/snapshot.h"
#include "kafka/call.h"

namespace kafka {

// Offsets in the logs of a topic's partitions. `which` is the log's start (LogStart), its high
// watermark (LogEnd) or the first record at or after `timestamp` (Timestamp).
Request list_offsets(Operation which, const std::string& topic,
                     std::span<const std::int32_t> partitions, core::TimePoint timestamp = {});

// By partition. Of LogStart and LogEnd only the offset means something. Of Timestamp there may be
// none: no record is that young.
core::Result<std::map<std::int32_t, std::optional<core::RecordAt>>> offsets_in(const Event& answer,
                                                                               const Task& task);

}  // namespace kafka
