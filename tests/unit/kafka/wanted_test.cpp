#include "kafka/wanted.h"

#include <doctest/doctest.h>

namespace {

using kafka::Partitions;
using kafka::Wanted;

core::TimePoint at(std::int64_t millis) {
  return core::TimePoint(std::chrono::milliseconds(millis));
}

TEST_CASE("No partitions named are all that the topic has") {
  const auto wanted = Wanted::of({{"a", {}, {}}, {"b", {}, {}}}, {{"a", 2}, {"b", 1}});
  CHECK(wanted.partitions == Partitions{{"a", 0}, {"a", 1}, {"b", 0}});
  CHECK(wanted.by_source.empty());
  CHECK(wanted.by_timestamp.empty());
}

TEST_CASE("Of partitions named, those that do not exist are left out") {
  const auto wanted = Wanted::of({{"a", {0, 2, 3}, {at(1), "other"}}}, {{"a", 3}});
  CHECK(wanted.partitions == Partitions{{"a", 0}, {"a", 2}});
  CHECK(wanted.by_source.at("other") == wanted.partitions);
  CHECK(wanted.by_timestamp.at(at(1)) == wanted.partitions);
}

TEST_CASE("A topic that does not exist has no partitions") {
  CHECK(Wanted::of({{"a", {}, {}}, {"b", {0}, {}}}, {{"b", 1}}).partitions == Partitions{{"b", 0}});
}

TEST_CASE("What else is to be known is collected over the topics that ask for the same") {
  const auto wanted = Wanted::of(
      {{"a", {}, {at(1), {}}}, {"b", {}, {at(2), "x"}}, {"c", {}, {at(1), "y"}}, {"d", {}, {}}},
      {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}});
  CHECK(wanted.partitions.size() == 4);
  CHECK(wanted.by_timestamp ==
        std::map<core::TimePoint, Partitions>{{at(1), {{"a", 0}, {"c", 0}}}, {at(2), {{"b", 0}}}});
  CHECK(wanted.by_source ==
        std::map<std::string, Partitions>{{"x", {{"b", 0}}}, {"y", {{"c", 0}}}});
}

TEST_CASE("Partitions in order are read topic by topic, all in the same way") {
  const core::PartitionRead also{at(1), "x"};
  CHECK(kafka::topics_to_read({{"b", 1}, {"a", 2}, {"a", 0}}, also) ==
        std::vector<core::TopicRead>{{"a", {0, 2}, also}, {"b", {1}, also}});
}

}  // namespace
