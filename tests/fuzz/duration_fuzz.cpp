#include <fmt/format.h>

#include "core/duration.h"
#include "fuzz/fuzz.h"

// A duration is within its bounds, and the same in either way of writing it.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto duration = core::parse_duration(fuzz::text(data, size));
  if (!duration) return 0;
  const auto millis = duration->count();
  fuzz::hold(millis > 0 && *duration <= std::chrono::hours(24) * 36'500);
  fuzz::hold(core::parse_duration(fmt::format("{}ms", millis)) == duration);
  fuzz::hold(core::parse_duration(fmt::format("PT{}.{:03}S", millis / 1000, millis % 1000)) ==
             duration);
  return 0;
}
