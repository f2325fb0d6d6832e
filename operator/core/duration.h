#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace core {

// A duration as Go writes it ("2h30m", "1.5h", "90s", "250ms"; h, m, s, ms, us, ns) or as ISO 8601
// does ("PT2H30M", "P1D", "P1DT12H", "P2W"; no years and months, whose length varies). Rounded up
// to whole milliseconds. None if the text is anything else, negative, zero, or over 100 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace core
