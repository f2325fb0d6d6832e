#include "kafka/topic_description.h"

#include <doctest/doctest.h>

#include "support/kafka/refusal.h"

namespace {

using core::Error;
using core::Reason;
using kafka::TopicDescription;
using kafka::TopicDescriptions;

tl::unexpected<Error> missing() { return core::fail(Reason::TopicNotFound, "of one"); }
tl::unexpected<Error> forbidden() { return core::fail(Reason::NotAuthorized, "of one"); }

TEST_CASE("Topics that can all be looked at are good") {
  CHECK(kafka::check_topics({}));
  CHECK(kafka::check_topics({{"a", TopicDescription{1, true}}, {"b", TopicDescription{1, false}}}));
}

TEST_CASE("All topics that are not there are named") {
  const TopicDescriptions topics{{"a", missing()}, {"b", TopicDescription{1}}, {"c", missing()}};
  CHECK(kafka::check_topics(topics).error() ==
        Error{Reason::TopicNotFound, "read the partitions of topics a, c: there is no such topic"});
}

TEST_CASE("Of different troubles the first topic's is told, with all that have the same") {
  const TopicDescriptions topics{{"a", forbidden()}, {"b", missing()}, {"c", forbidden()}};
  const auto error = kafka::check_topics(topics).error();
  CHECK(error.reason == Reason::NotAuthorized);
  CHECK(tests::without_command(error.message) ==
        "read the partitions of topics a, c: Kafka refuses it; the right that is missing: "
        "DESCRIBE on topics a, c");
}

TEST_CASE("Trouble of any other kind is told as it is") {
  const Error error{Reason::KafkaUnavailable, "read the partitions of topic b: Leader lost"};
  CHECK(kafka::check_topics({{"a", TopicDescription{1}}, {"b", tl::unexpected(error)}}).error() ==
        error);
}

TEST_CASE("All topics that may not be committed for are named") {
  TopicDescriptions topics{{"a", TopicDescription{1, true}}};
  CHECK(kafka::check_rights(topics, "orders"));
  topics.emplace("b", TopicDescription{1, false});
  topics.emplace("c", TopicDescription{1, false});
  const auto error = kafka::check_rights(topics, "orders").error();
  CHECK(error.reason == Reason::NotAuthorized);
  CHECK(tests::without_command(error.message) ==
        "commit offsets of group orders: Kafka refuses it; the right that is missing: READ on "
        "topics b, c");
}

TEST_CASE("A topic that may not even be looked at lacks the right to commit for it as well") {
  const TopicDescriptions topics{{"a", forbidden()}, {"b", TopicDescription{1, false}}};
  CHECK(tests::without_command(kafka::check_rights(topics, "orders").error().message) ==
        "commit offsets of group orders: Kafka refuses it; the right that is missing: READ on "
        "topics a, b");
}

}  // namespace
