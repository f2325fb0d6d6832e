#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time_point.h"

namespace core {

// The instant of an RFC 3339 date-time ("2026-11-22T08:00:00Z", "2026-11-22t09:00:00.5+01:00");
// none if the text is anything else. A fraction finer than a millisecond is rounded up, so that
// "the first record at or after" stays true. A leap second (:60) is the first instant of the next
// minute.
std::optional<TimePoint> parse_rfc3339(std::string_view text);

// "2026-11-22T08:00:00.000Z"
std::string format_rfc3339(TimePoint time);

// "2026-11-22T08:00:00Z": metav1.Time, which has no fraction. Rounded down.
std::string format_rfc3339_seconds(TimePoint time);

}  // namespace core
