#include "kafka/coordinator_terms.h"

#include <doctest/doctest.h>

#include "kafka/offsets_topic.h"
#include "support/kafka/mock_kafka.h"
#include "support/reach.h"

namespace {

using core::Reason;
using kafka::CoordinatorTerms;
using tests::ApiKey;
using tests::MockKafka;

// A client that knows the offsets topic already: the mock does not describe topics.
struct Fixture {
  static constexpr int kPartitions = 50;
  base::Metrics metrics;
  kafka::RequestMetrics request_metrics{metrics};
  MockKafka mock;
  std::unique_ptr<kafka::Client> client;

  Fixture() {
    mock.make_topic(kafka::kOffsetsTopic, kPartitions);
    client = kafka::Client::open(tests::reach(mock.bootstrap())).value();
    client->offsets_partitions() = kPartitions;
  }
  core::Result<CoordinatorTerms> terms(const std::set<std::string>& groups) {
    return kafka::coordinator_terms(
        {*client, request_metrics, std::chrono::steady_clock::now() + std::chrono::seconds(10)},
        groups);
  }
};

TEST_CASE_FIXTURE(Fixture, "The terms are those of the partitions that hold the groups") {
  const auto found = terms({"orders", "refunds"});

  REQUIRE_MESSAGE(found, found.error().message);
  CHECK(found->size() == 2);
  CHECK(found->contains(kafka::offsets_partition("orders", kPartitions)));
  CHECK(found->contains(kafka::offsets_partition("refunds", kPartitions)));
}

TEST_CASE_FIXTURE(Fixture,
                  "A coordinator that does not know yet all that was committed is an error") {
  mock.push_errors(ApiKey::ListOffsets, {RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE});

  const auto found = terms({"orders"});

  REQUIRE_FALSE(found);
  CHECK(found.error().reason == Reason::KafkaUnavailable);
  CHECK(found.error().message ==
        "ask the coordinator of group orders: it has just become that, and does not know yet all "
        "that was committed");
}

TEST_CASE_FIXTURE(Fixture, "Where the offsets topic may not be described nothing is asked") {
  client->offsets_partitions() = 0;

  const auto found = terms({"orders"});

  REQUIRE_MESSAGE(found, found.error().message);
  CHECK(found->empty());
  CHECK(mock.requests(ApiKey::ListOffsets) == 0);
}

}  // namespace
