#pragma once

#include <chrono>
#include <stop_token>

namespace kube {

// Sleeps; false, and at once, when it is told to stop.
bool pause(std::chrono::milliseconds duration, const std::stop_token& stop);

}  // namespace kube
