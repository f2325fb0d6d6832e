#include "kube/event_series.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using kube::EventSeries;

namespace {

const EventSeries::TimePoint kBegin{};

kube::Telling telling(const std::string& uid = "1", const std::string& note = "note") {
  kube::Telling telling;
  telling.regarding.uid = uid;
  telling.reason = "GroupActive";
  telling.note = note;
  return telling;
}

}  // namespace

TEST_CASE("what is told again soon goes on with the first event") {
  EventSeries series;
  CHECK_FALSE(series.find(telling(), kBegin));
  series.told(telling(), {"a", 1}, kBegin);
  const auto second = series.find(telling(), kBegin + 5min);
  REQUIRE(second);
  CHECK(second->name == "a");
  CHECK(second->count == 2);
}

TEST_CASE("another resource, reason or note is another event") {
  EventSeries series;
  series.told(telling(), {"a", 1}, kBegin);
  CHECK_FALSE(series.find(telling("2"), kBegin));
  CHECK_FALSE(series.find(telling("1", "other"), kBegin));
  auto other = telling();
  other.reason = "Queued";
  CHECK_FALSE(series.find(other, kBegin));
}

TEST_CASE("a series ends six minutes after it was last told") {
  EventSeries series;
  series.told(telling(), {"a", 1}, kBegin);
  series.told(telling(), {"a", 2}, kBegin + 5min);
  CHECK(series.find(telling(), kBegin + 10min)->count == 3);
  CHECK_FALSE(series.find(telling(), kBegin + 11min));
}

TEST_CASE("what the server forgot is told anew") {
  EventSeries series;
  series.told(telling(), {"a", 1}, kBegin);
  series.forget(telling());
  CHECK_FALSE(series.find(telling(), kBegin));
}
