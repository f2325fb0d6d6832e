#include "core/rfc3339.h"
#include "fuzz/fuzz.h"

// What is read can be written and is read again as the same, where four digits hold the year.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time = core::parse_rfc3339(fuzz::text(data, size));
  if (!time) return 0;
  const bool can_be_written = time->time_since_epoch().count() >= 0 &&
                              time->time_since_epoch().count() <= 253'402'300'799'999;
  if (can_be_written) fuzz::hold(core::parse_rfc3339(core::format_rfc3339(*time)) == time);
  return 0;
}
