#include "kube/micro_time.h"

#include <fmt/format.h>

#include "core/rfc3339.h"

namespace kube {

MicroTime wall_clock() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string format_micro_time(MicroTime time) {
  const auto to_millisecond = std::chrono::floor<std::chrono::milliseconds>(time);
  std::string text = core::format_rfc3339(to_millisecond);
  text.insert(text.size() - 1, fmt::format("{:03}", (time - to_millisecond).count()));
  return text;
}

}  // namespace kube
