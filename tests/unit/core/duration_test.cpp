#include "core/duration.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using std::chrono::milliseconds;

TEST_CASE("durations are read as Go and as ISO 8601 write them") {
  const std::vector<std::pair<std::string, std::int64_t>> cases{
      {"90s", 90'000},        {"2h30m", 9'000'000},
      {"1.5h", 5'400'000},    {".5s", 500},
      {"1.s", 1'000},         {"0.1s", 100},
      {"250ms", 250},         {"1us", 1},
      {"1\xC2\xB5s", 1},      {"1ns", 1},
      {"1h1h", 7'200'000},    {"876000h", 3'153'600'000'000},
      {"PT2H30M", 9'000'000}, {"PT0.5S", 500},
      {"P1D", 86'400'000},    {"P1DT12H", 129'600'000},
      {"P2W", 1'209'600'000}, {"P36500D", 3'153'600'000'000},
  };
  for (const auto& [text, millis] : cases) {
    CAPTURE(text);
    CHECK(core::parse_duration(text) == milliseconds(millis));
  }
}

TEST_CASE("what is no duration, or none that leads back, is none") {
  for (const std::string text :
       {"",     "0",    "0s",      "5",       "s",
        "-5s",  "+5s",  "5 s",     "1h ",     " 1h",
        "1x",   "1H",   ".s",      "1.2.3s",  "P",
        "PT",   "P1",   "1D",      "P1Y",     "P1M",
        "P1H",  "PT1D", "PT1S1M",  "P1DT",    "PT5",
        "P-1D", "pt1h", "876001h", "P36501D", "99999999999999999999999999999999999999999h",
        "1e3s", "1h\n"}) {
    CAPTURE(text);
    CHECK_FALSE(core::parse_duration(text).has_value());
  }
}
