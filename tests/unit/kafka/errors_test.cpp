#include "kafka/errors.h"

#include <doctest/doctest.h>

namespace {

using core::Reason;

const std::vector<std::string> kPayments{"payments"};

TEST_CASE("Every code that Kafka answers a reset with has a reason") {
  struct Row {
    rd_kafka_resp_err_t code;
    Reason reason;
  };
  for (const auto& row : {
           Row{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH, Reason::GroupActive},
           Row{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Reason::TopicNotFound},
           Row{RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Reason::TopicNotFound},
           Row{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Reason::TopicNotFound},
           Row{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Reason::InvalidSpec},
           Row{RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, Reason::InvalidSpec},
           Row{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Reason::NotAuthorized},
           Row{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Reason::NotAuthorized},
           Row{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Reason::NotAuthorized},
           Row{RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Reason::NotAuthenticated},
           Row{RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, Reason::NotAuthenticated},
           Row{RD_KAFKA_RESP_ERR__AUTHENTICATION, Reason::NotAuthenticated},
           Row{RD_KAFKA_RESP_ERR__SSL, Reason::NotAuthenticated},
           Row{RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, Reason::GroupTypeUnsupported},
           Row{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, Reason::GroupTypeUnsupported},
           Row{RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, Reason::TooManyPartitions},
           Row{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Reason::TooManyPartitions},
           Row{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Reason::TooManyPartitions},
           Row{RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR_INVALID_REQUEST, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR__INVALID_ARG, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR__NO_OFFSET, Reason::InternalError},
           Row{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR__TRANSPORT, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR__TIMED_OUT, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR__NOENT, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR__DESTROY, Reason::KafkaUnavailable},
           Row{RD_KAFKA_RESP_ERR_UNKNOWN, Reason::KafkaUnavailable},
       }) {
    CAPTURE(rd_kafka_err2name(row.code));
    CHECK(kafka::reason_of(row.code) == row.reason);
  }
}

TEST_CASE("Only a topic's description says that the topic is not there") {
  const auto code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  CHECK(kafka::error_of({kafka::Operation::Metadata, {}, kPayments}, code) ==
        core::Error{Reason::TopicNotFound,
                    "read the partitions of topic payments: there is no such topic"});
  CHECK(kafka::error_of({kafka::Operation::LogEnd, {}, kPayments}, code).reason ==
        Reason::KafkaUnavailable);
}

TEST_CASE("A missing right is named as Kafka's ACLs name it, with the command that grants it") {
  constexpr auto kGroup = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
  constexpr auto kTopic = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  using kafka::Operation;
  struct Row {
    Operation operation;
    rd_kafka_resp_err_t code;
    const char* doing;
    const char* right;
    const char* options;
  };
  for (const auto& row : {
           Row{Operation::Describe, kGroup, "describe group orders", "DESCRIBE on group orders",
               "Describe --group orders"},
           Row{Operation::Metadata, kTopic, "read the partitions of topic payments",
               "DESCRIBE on topic payments", "Describe --topic payments"},
           Row{Operation::LogEnd, kTopic, "read the log end of topic payments",
               "DESCRIBE on topic payments", "Describe --topic payments"},
           Row{Operation::Source, kGroup, "read committed offsets of group orders",
               "DESCRIBE on group orders", "Describe --group orders"},
           Row{Operation::Commit, kGroup, "commit offsets of group orders", "READ on group orders",
               "Read --group orders"},
           Row{Operation::Commit, kTopic, "commit offsets of group orders",
               "READ on topic payments", "Read --topic payments"},
           Row{Operation::Delete, kGroup, "delete committed offsets of group orders",
               "DELETE on group orders", "Delete --group orders"},
           Row{Operation::Delete, kTopic, "delete committed offsets of group orders",
               "READ on topic payments", "Read --topic payments"},
       }) {
    CAPTURE(row.doing);
    CHECK(kafka::error_of({row.operation, "orders", kPayments}, row.code).message ==
          std::string(row.doing) + ": Kafka refuses it; the right that is missing: " + row.right +
              "; this grants it: kafka-acls.sh --bootstrap-server SERVER --add --allow-principal "
              "User:NAME --operation " +
              row.options);
  }
}

TEST_CASE("The command that grants a right is safe to be pasted, whatever a group is called") {
  const auto message = kafka::error_of({kafka::Operation::Describe, "it's; reboot", {}},
                                       RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
                           .message;
  CHECK(message.ends_with(" --operation Describe --group 'it'\\''s; reboot'"));
}

TEST_CASE("The command that grants a right names the server and, where it is known, the user") {
  const auto told_with = [](const core::Connection& connection) {
    const auto error = kafka::error_of({kafka::Operation::Commit, "orders", kPayments},
                                       RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    const auto message = kafka::addressed(error, connection).message;
    return message.substr(message.find("kafka-acls.sh"));
  };
  core::Connection connection;
  connection.bootstrap_servers = "kafka-0:9092,kafka-1:9092";
  CHECK(told_with(connection) ==
        "kafka-acls.sh --bootstrap-server kafka-0:9092 --add --allow-principal User:ANONYMOUS "
        "--operation Read --topic payments");
  connection.tls.emplace().client_certificate.emplace();
  CHECK(told_with(connection).find("User:NAME ") != std::string::npos);
  connection.sasl.emplace().username = "alice";
  CHECK(told_with(connection).find("User:alice ") != std::string::npos);
}

TEST_CASE("Members that read the topic keep its commits from being deleted") {
  rd_kafka_topic_partition_t partition{};
  std::string topic = "payments";
  partition.topic = topic.data();
  partition.err = RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC;
  CHECK(kafka::error_of({kafka::Operation::Delete, "orders", kPayments}, partition) ==
        core::Error{Reason::GroupActive,
                    "delete committed offsets of group orders: the group has members"});
}

TEST_CASE("What is done to several topics names the first ten") {
  std::vector<std::string> topics{"a", "b"};
  CHECK(kafka::in_words({kafka::Operation::LogEnd, {}, topics}) ==
        "read the log end of topics a, b");
  for (const auto* more : {"c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}) {
    topics.emplace_back(more);
  }
  CHECK(kafka::in_words({kafka::Operation::LogStart, {}, topics}) ==
        "read the log start of topics a, b, c, d, e, f, g, h, i, j and 2 more");
}

}  // namespace
