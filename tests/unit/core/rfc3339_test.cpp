#include "core/rfc3339.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using core::format_rfc3339;
using core::format_rfc3339_seconds;
using core::parse_rfc3339;
using core::TimePoint;

TEST_CASE("an RFC 3339 date-time is an instant") {
  struct Case {
    std::string sentence;
    std::string text;
    std::int64_t millis;
  };
  const std::vector<Case> cases{
      {"the epoch", "1970-01-01T00:00:00Z", 0},
      {"UTC", "2026-11-22T08:00:00Z", 1'795'334'400'000},
      {"lower case", "2026-11-22t08:00:00z", 1'795'334'400'000},
      {"ahead of UTC", "2026-11-22T09:00:00+01:00", 1'795'334'400'000},
      {"behind UTC, into the next day", "2026-11-21T22:30:00-09:30", 1'795'334'400'000},
      {"unknown local offset", "2026-11-22T08:00:00-00:00", 1'795'334'400'000},
      {"tenths", "2026-11-22T08:00:00.5Z", 1'795'334'400'500},
      {"milliseconds", "2026-11-22T08:00:00.123Z", 1'795'334'400'123},
      {"zeros beyond milliseconds", "2026-11-22T08:00:00.123000Z", 1'795'334'400'123},
      {"finer than a millisecond is rounded up", "2026-11-22T08:00:00.123000001Z",
       1'795'334'400'124},
      {"rounding up carries", "2026-11-22T08:00:00.9999Z", 1'795'334'401'000},
      {"a leap second is the next minute", "2016-12-31T23:59:60Z", 1'483'228'800'000},
      {"a leap day", "2024-02-29T00:00:00Z", 1'709'164'800'000},
      {"before the epoch", "1969-12-31T23:59:59Z", -1'000},
      {"the last one", "9999-12-31T23:59:59.999Z", 253'402'300'799'999},
  };
  for (const auto& [sentence, text, millis] : cases) {
    CAPTURE(sentence);
    const auto parsed = parse_rfc3339(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->time_since_epoch().count() == millis);
  }
}

TEST_CASE("anything else is refused") {
  for (const std::string text : {"",
                                 "now",
                                 "2026-11-22",
                                 "2026-11-22T08:00:00",
                                 "2026-11-22 08:00:00Z",
                                 "2026-11-22T08:00Z",
                                 "2026-11-22T8:00:00Z",
                                 "2026-13-01T00:00:00Z",
                                 "2026-02-29T00:00:00Z",
                                 "2026-11-31T00:00:00Z",
                                 "2026-00-10T00:00:00Z",
                                 "2026-11-22T24:00:00Z",
                                 "2026-11-22T08:60:00Z",
                                 "2026-11-22T08:00:61Z",
                                 "2026-11-22T08:00:00.Z",
                                 "2026-11-22T08:00:00,5Z",
                                 "2026-11-22T08:00:00+1:00",
                                 "2026-11-22T08:00:00+0100",
                                 "2026-11-22T08:00:00+24:00",
                                 "2026-11-22T08:00:00Z ",
                                 " 2026-11-22T08:00:00Z",
                                 "2026-11-22T08:00:00ZZ",
                                 "26-11-22T08:00:00Z",
                                 "+2026-11-22T08:00:00Z",
                                 "1571812144000",
                                 "2026-11-22T08:00:00.5"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("an instant is written in UTC, with milliseconds or without") {
  const TimePoint time(std::chrono::milliseconds(1'571'812'144'987));
  CHECK(format_rfc3339(time) == "2019-10-23T06:29:04.987Z");
  CHECK(format_rfc3339_seconds(time) == "2019-10-23T06:29:04Z");
  CHECK(parse_rfc3339(format_rfc3339(time)) == time);
}
