#include <doctest/doctest.h>

#include "kafka/admin.h"
#include "support/kafka/mock_kafka.h"
#include "support/kafka/refusal.h"
#include "support/reach.h"

namespace {

using core::Reason;
using tests::ApiKey;
using tests::MockKafka;

struct Fixture {
  base::Metrics metrics;
  kafka::Admin admin{metrics};
  MockKafka mock;

  Fixture() { mock.make_topic("payments", 2); }

  core::Result<void> commit() {
    return admin.commit({tests::reach(mock.bootstrap()),
                         "orders",
                         "stamp",
                         {{"payments", 0, 10}, {"payments", 1, 11}},
                         {}});
  }
};

TEST_CASE_FIXTURE(Fixture,
                  "What the broker answers to a commit decides the reason and the message") {
  struct Row {
    rd_kafka_resp_err_t answer;
    Reason reason;
    const char* message;
  };
  for (const auto& row : {
           Row{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Reason::GroupActive,
               "commit offsets of group orders: the group has members"},
           Row{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, Reason::GroupActive,
               "commit offsets of group orders: the group has members"},
           Row{RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, Reason::GroupTypeUnsupported,
               "commit offsets of group orders: it is not a consumer group; for share groups there "
               "is kafka-share-groups.sh"},
           Row{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Reason::NotAuthorized,
               "commit offsets of group orders: Kafka refuses it; the right that is missing: READ "
               "on group orders"},
           Row{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Reason::NotAuthorized,
               "commit offsets of group orders: Kafka refuses it; the right that is missing: READ "
               "on topic payments"},
           Row{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Reason::KafkaUnavailable,
               "commit offsets of group orders: Not coordinator"},
           Row{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Reason::KafkaUnavailable,
               "commit offsets of group orders: topic payments partition 0: Unknown topic or "
               "partition"},
       }) {
    CAPTURE(rd_kafka_err2name(row.answer));
    mock.push_errors(ApiKey::OffsetCommit, {row.answer});

    const auto done = commit();

    REQUIRE_FALSE(done);
    CHECK(done.error().reason == row.reason);
    CHECK(tests::without_command(done.error().message) == row.message);
  }
}

TEST_CASE_FIXTURE(Fixture, "Whatever Kafka answers to a commit, it fails and is sent once") {
  for (int code = 1; code < RD_KAFKA_RESP_ERR_END_ALL; ++code) {
    const auto answer = static_cast<rd_kafka_resp_err_t>(code);
    CAPTURE(rd_kafka_err2name(answer));
    const int before = mock.requests(ApiKey::OffsetCommit);
    mock.push_errors(ApiKey::OffsetCommit, {answer});

    const auto done = commit();

    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("commit offsets of group orders") == 0);
    CHECK(mock.requests(ApiKey::OffsetCommit) == before + 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "A commit that may have been applied is not sent again") {
  mock.push_errors(ApiKey::OffsetCommit, {RD_KAFKA_RESP_ERR__TRANSPORT});

  const auto done = commit();

  REQUIRE_FALSE(done);
  CHECK(done.error().reason == Reason::KafkaUnavailable);
  CHECK(mock.requests(ApiKey::OffsetCommit) == 1);
}

TEST_CASE_FIXTURE(Fixture, "After a failure the next commit goes through a new connection") {
  mock.push_errors(ApiKey::OffsetCommit, {RD_KAFKA_RESP_ERR_NOT_COORDINATOR});

  CHECK_FALSE(commit());
  CHECK(commit());
  CHECK(mock.requests(ApiKey::OffsetCommit) == 2);
}

TEST_CASE_FIXTURE(Fixture, "A commit of nothing asks nothing") {
  CHECK(admin.commit({tests::reach(mock.bootstrap()), "orders", "stamp", {}, {}}));
  CHECK(mock.requests(ApiKey::OffsetCommit) == 0);
}

}  // namespace
