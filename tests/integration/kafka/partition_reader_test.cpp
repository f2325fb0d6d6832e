#include "kafka/partition_reader.h"

#include <doctest/doctest.h>

#include <vector>

#include "support/kafka/mock_kafka.h"
#include "support/reach.h"

namespace {

using core::Reason;
using tests::ApiKey;
using tests::MockKafka;

// Two topics of 600 partitions each, on one broker.
struct Fixture {
  base::Metrics metrics;
  kafka::RequestMetrics request_metrics{metrics};
  MockKafka mock;
  std::unique_ptr<kafka::Client> client;
  core::ReadRequest request;

  Fixture() {
    mock.make_topic("payments", 600);
    mock.make_topic("refunds", 600);
    open();
    request.group = "orders";
  }
  void open() { client = kafka::Client::open(tests::reach(mock.bootstrap())).value(); }
  kafka::Channel channel() {
    return {*client, request_metrics, std::chrono::steady_clock::now() + std::chrono::seconds(10)};
  }
  // All requests of this kind of a read, by another client: one that has failed is not used again.
  void refuse(ApiKey kind, rd_kafka_resp_err_t answer) {
    const std::size_t requests = kind == ApiKey::OffsetFetch ? 3 : 6;
    mock.push_errors(kind, std::vector<rd_kafka_resp_err_t>(requests, answer));
    open();
  }
  static kafka::Wanted wanted(const core::PartitionRead& also = {}) {
    return kafka::Wanted::of({{"payments", {}, also}, {"refunds", {}, also}},
                             {{"payments", 600}, {"refunds", 600}});
  }
};

TEST_CASE_FIXTURE(Fixture, "Partitions of several topics are read together, 500 a request") {
  const auto rows = kafka::read_partitions(channel(), request, wanted());

  REQUIRE_MESSAGE(rows, rows.error().message);
  REQUIRE(rows->size() == 1200);
  CHECK(rows->front().topic == "payments");
  CHECK(rows->front().partition == 0);
  CHECK(rows->back().topic == "refunds");
  CHECK(rows->back().partition == 599);
  CHECK(mock.requests(ApiKey::OffsetFetch) == 3);
  CHECK(mock.requests(ApiKey::ListOffsets) == 6);  // starts and ends
}

TEST_CASE_FIXTURE(Fixture, "Timestamps and another group's commits are asked for as well") {
  const core::TimePoint instant(std::chrono::milliseconds(1));

  const auto rows = kafka::read_partitions(channel(), request, wanted({instant, "source"}));

  REQUIRE_MESSAGE(rows, rows.error().message);
  CHECK(mock.requests(ApiKey::OffsetFetch) == 6);
  CHECK(mock.requests(ApiKey::ListOffsets) == 9);
}

TEST_CASE_FIXTURE(Fixture, "Without the logs only commits are asked for") {
  request.with_logs = false;

  const auto rows = kafka::read_partitions(
      channel(), request, wanted({core::TimePoint(std::chrono::milliseconds(1)), "source"}));

  REQUIRE_MESSAGE(rows, rows.error().message);
  CHECK(rows->size() == 1200);
  CHECK(mock.requests(ApiKey::OffsetFetch) == 3);
  CHECK(mock.requests(ApiKey::ListOffsets) == 0);
}

TEST_CASE_FIXTURE(Fixture, "Of no partitions nothing is asked") {
  const auto rows = kafka::read_partitions(channel(), request, {});

  REQUIRE_MESSAGE(rows, rows.error().message);
  CHECK(rows->empty());
  CHECK(mock.requests(ApiKey::OffsetFetch) == 0);
}

TEST_CASE_FIXTURE(Fixture, "One partition's error fails the read, and is named") {
  mock.push_errors(ApiKey::ListOffsets,
                   {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});

  const auto rows = kafka::read_partitions(channel(), request, wanted());

  REQUIRE_FALSE(rows);
  CHECK(rows.error().reason == Reason::KafkaUnavailable);
  CHECK(rows.error().message.find("partition") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "Whatever Kafka answers to a question for offsets, the read fails") {
  for (int code = 1; code < RD_KAFKA_RESP_ERR_END_ALL; ++code) {
    const auto answer = static_cast<rd_kafka_resp_err_t>(code);
    CAPTURE(rd_kafka_err2name(answer));
    refuse(ApiKey::ListOffsets, answer);

    const auto rows = kafka::read_partitions(channel(), request, wanted());

    CHECK_FALSE(rows);
  }
}

// librdkafka 2.14 without cmake/librdkafka.cmake's mend ends the process at NOT_COORDINATOR.
TEST_CASE_FIXTURE(Fixture, "Whatever Kafka answers to a question for commits, the read fails") {
  for (int code = 1; code < RD_KAFKA_RESP_ERR_END_ALL; ++code) {
    const auto answer = static_cast<rd_kafka_resp_err_t>(code);
    CAPTURE(rd_kafka_err2name(answer));
    refuse(ApiKey::OffsetFetch, answer);

    const auto rows = kafka::read_partitions(channel(), request, wanted());

    REQUIRE_FALSE(rows);
    CHECK(rows.error().message.find("orders") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "That the group's coordinator has changed may pass by itself") {
  for (const auto answer :
       {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}) {
    CAPTURE(rd_kafka_err2name(answer));
    refuse(ApiKey::OffsetFetch, answer);

    const auto rows = kafka::read_partitions(channel(), request, wanted());

    REQUIRE_FALSE(rows);
    CHECK(rows.error().reason == Reason::KafkaUnavailable);
  }
}

}  // namespace
