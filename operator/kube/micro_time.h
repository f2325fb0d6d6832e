#pragma once

#include <chrono>
#include <string>

namespace kube {

using MicroTime = std::chrono::sys_time<std::chrono::microseconds>;

MicroTime wall_clock();

// "2026-11-22T08:00:00.000000Z": metav1.MicroTime, which takes no fraction of other than six
// digits.
std::string format_micro_time(MicroTime time);

}  // namespace kube
