#pragma once

#include <chrono>

namespace core {

// Milliseconds since 1970-01-01T00:00:00Z: Kafka's resolution of a record's timestamp.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace core
