#include "kafka/call.h"

#include <doctest/doctest.h>

#include "kafka/committed_offsets.h"
#include "kafka/log_offsets.h"
#include "support/kafka/mock_kafka.h"
#include "support/kafka/refusal.h"
#include "support/reach.h"

namespace {

using core::Reason;
using kafka::Operation;
using tests::ApiKey;
using tests::MockKafka;

const kafka::Partitions kPartitions{{"payments", 0}, {"payments", 1}};

struct Fixture {
  base::Metrics metrics;
  kafka::RequestMetrics request_metrics{metrics};
  MockKafka mock;
  std::unique_ptr<kafka::Client> client;

  Fixture() {
    mock.make_topic("payments", 2);
    client = kafka::Client::open(tests::reach(mock.bootstrap())).value();
  }
  core::Result<std::vector<kafka::Event>> call(const std::vector<kafka::Request>& requests) {
    return kafka::call(
        {*client, request_metrics, std::chrono::steady_clock::now() + std::chrono::seconds(10)},
        requests);
  }
};

TEST_CASE_FIXTURE(Fixture, "Answers come back in the order of the requests") {
  const std::vector requests{kafka::list_offsets(Operation::LogEnd, kPartitions),
                             kafka::list_committed(Operation::Committed, "orders", kPartitions),
                             kafka::list_offsets(Operation::LogStart, kPartitions)};

  const auto answers = call(requests);

  REQUIRE_MESSAGE(answers, answers.error().message);
  REQUIRE(answers->size() == 3);
  CHECK(kafka::offsets_in((*answers)[0], requests[0].task)->size() == 2);
  const auto committed = kafka::commits_in((*answers)[1], requests[1].task);
  REQUIRE_MESSAGE(committed, committed.error().message);
  CHECK_FALSE(committed->at(kPartitions[0]));
  CHECK(kafka::offsets_in((*answers)[2], requests[2].task)->size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "A partition's error in a successful answer is an error") {
  mock.push_errors(ApiKey::ListOffsets, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  const auto request = kafka::list_offsets(Operation::LogEnd, kPartitions);

  const auto answers = call({request});
  REQUIRE_MESSAGE(answers, answers.error().message);
  const auto offsets = kafka::offsets_in(answers->front(), request.task);

  REQUIRE_FALSE(offsets);
  CHECK(offsets.error().reason == Reason::KafkaUnavailable);
  CHECK(offsets.error().message ==
        "read the log end of topic payments: topic payments partition 0: Not leader for partition");
}

TEST_CASE_FIXTURE(Fixture,
                  "A refused request for commits is an error that names the missing right") {
  mock.push_errors(ApiKey::OffsetFetch, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});

  const auto answers = call({kafka::list_committed(Operation::Committed, "orders", kPartitions)});

  REQUIRE_FALSE(answers);
  CHECK(answers.error().reason == Reason::NotAuthorized);
  CHECK(tests::without_command(answers.error().message) ==
        "read committed offsets of group orders: Kafka refuses it; the right that is missing: "
        "DESCRIBE on group orders");
}

// The mock cluster is one; that of a real broker is in tests/contract.
TEST_CASE_FIXTURE(Fixture, "A broker that can't delete commits is known as one") {
  REQUIRE(call({kafka::list_committed(Operation::Committed, "orders", kPartitions)}));
  CHECK_FALSE(client->can_delete_commits());
}

TEST_CASE_FIXTURE(Fixture, "Every request is measured, and every series is there from the start") {
  CHECK(call({kafka::list_offsets(Operation::LogEnd, kPartitions)}));

  const auto text = metrics.text();
  const auto shows = [&](const std::string& line) { return text.find(line) != std::string::npos; };
  CHECK(shows("offset_reset_kafka_request_seconds_count{operation=\"log_end\"} 1"));
  for (const auto* name : {"describe", "coordinator", "metadata", "committed", "source",
                           "log_start", "timestamp", "commit", "delete", "history"}) {
    CAPTURE(name);
    CHECK(shows(std::string("offset_reset_kafka_request_seconds_count{operation=\"") + name +
                "\"} 0"));
  }
}

}  // namespace
