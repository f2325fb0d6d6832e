#pragma once

#include <cstdint>
#include <string>

#include "kafka/call.h"

namespace kafka {

// How many partitions a topic has. TopicNotFound may be a broker whose metadata lags: ask again.
Request describe_topic(const std::string& topic);
core::Result<std::int32_t> partition_count_in(const Event& answer, const Task& task);

}  // namespace kafka
