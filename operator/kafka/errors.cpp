#include "kafka/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace kafka {
namespace {

using core::Reason;

// "Broker: Not coordinator" -> "Not coordinator"
std::string_view words_of(rd_kafka_resp_err_t code) {
  std::string_view words = rd_kafka_err2str(code);
  for (const std::string_view side : {"Broker: ", "Local: "}) {
    if (words.starts_with(side)) words.remove_prefix(side.size());
  }
  return words;
}

// What kafka-acls.sh calls the server and the user of a connection, until addressed() has put them
// in.
constexpr std::string_view kSomeServer = "--bootstrap-server SERVER";
constexpr std::string_view kSomeUser = "--allow-principal User:NAME";

struct Right {
  std::string_view name;       // "READ", as in Kafka's documentation
  std::string_view operation;  // "Read", as kafka-acls.sh takes it
};
constexpr Right kDescribe{"DESCRIBE", "Describe"};
constexpr Right kRead{"READ", "Read"};
constexpr Right kDelete{"DELETE", "Delete"};

// "READ on group orders; this grants it: kafka-acls.sh ..."
std::string missing(const Right& right, const std::string& of, const std::string& resources) {
  return fmt::format("{} on {}; this grants it: kafka-acls.sh {} --add {} --operation {}{}",
                     right.name, of, kSomeServer, kSomeUser, right.operation, resources);
}

// For a shell: a group may be called anything.
std::string quoted(const std::string& name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("._-").find(c) != std::string_view::npos;
  });
  if (is_plain) return name;
  std::string text = "'";
  for (const char c : name) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// " --topic payments --topic refunds"; as many as a message names.
std::string topic_options(const std::vector<std::string>& topics) {
  constexpr std::size_t kNamed = 10;
  std::string options;
  for (std::size_t i = 0; i < std::min(topics.size(), kNamed); ++i) {
    options += " --topic " + quoted(topics[i]);
  }
  return options;
}

// Kafka's rule: committing and reading records need READ, deleting commits needs DELETE on the
// group and READ on the topic, everything that only looks needs DESCRIBE.
std::string missing_right(const Task& task, rd_kafka_resp_err_t code) {
  const bool deletes = task.operation == Operation::Delete;
  const bool reads =
      deletes || task.operation == Operation::Commit || task.operation == Operation::History;
  const auto& right = reads ? kRead : kDescribe;
  switch (code) {
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return missing(deletes ? kDelete : right, "group " + task.group,
                     " --group " + quoted(task.group));
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return missing(right, in_words(task.topics), topic_options(task.topics));
    default:
      return std::string(words_of(code));
  }
}

std::string cause(const Task& task, rd_kafka_resp_err_t code, Reason reason) {
  switch (reason) {
    case Reason::NotAuthorized:
      return fmt::format("Kafka refuses it; the right that is missing: {}",
                         missing_right(task, code));
    case Reason::GroupActive:
      return "the group has members";
    case Reason::TopicNotFound:
      return "there is no such topic";
    case Reason::GroupTypeUnsupported:
      return "it is not a consumer group; for share groups there is kafka-share-groups.sh";
    default:
      return std::string(words_of(code));
  }
}

bool is_about_a_partition(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
      return true;
    default:
      return false;
  }
}

// Only the topic's own description says that it is not there: from any other request it is a
// broker whose metadata lags behind.
Reason reason_of(const Task& task, rd_kafka_resp_err_t code) {
  const auto reason = kafka::reason_of(code);
  const bool lags = reason == Reason::TopicNotFound && task.operation != Operation::Metadata;
  return lags ? Reason::KafkaUnavailable : reason;
}

void replace(std::string& text, std::string_view part, const std::string& by) {
  if (const auto found = text.find(part); found != std::string::npos) {
    text.replace(found, part.size(), by);
  }
}

// As Kafka calls it. Empty: it depends on the broker's rules, or on a token.
std::string user_of(const core::Connection& connection) {
  if (connection.sasl) return connection.sasl->username;
  const bool has_certificate = connection.tls && connection.tls->client_certificate;
  return has_certificate ? "" : "ANONYMOUS";
}

}  // namespace

core::Reason reason_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH:
    case RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH:
      return Reason::GroupActive;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Reason::TopicNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
      return Reason::InvalidSpec;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return Reason::NotAuthorized;
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return Reason::NotAuthenticated;
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return Reason::GroupTypeUnsupported;
    case RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return Reason::TooManyPartitions;
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
      return Reason::InternalError;
    default:
      return Reason::KafkaUnavailable;
  }
}

core::Error error_of(const Task& task, rd_kafka_resp_err_t code) {
  const auto reason = reason_of(task, code);
  return {reason, fmt::format("{}: {}", in_words(task), cause(task, code, reason))};
}

core::Error error_of(const Task& task, const rd_kafka_topic_partition_t& partition) {
  Task narrowed = task;
  narrowed.topics = {partition.topic};
  if (!is_about_a_partition(partition.err)) return error_of(narrowed, partition.err);
  const auto reason = reason_of(narrowed, partition.err);
  return {reason, fmt::format("{}: topic {} partition {}: {}", in_words(narrowed), partition.topic,
                              partition.partition, words_of(partition.err))};
}

core::Error addressed(core::Error error, const core::Connection& connection) {
  if (error.reason != Reason::NotAuthorized) return error;
  const auto& servers = connection.bootstrap_servers;
  replace(error.message, kSomeServer, "--bootstrap-server " + servers.substr(0, servers.find(',')));
  if (const auto user = user_of(connection); !user.empty()) {
    replace(error.message, kSomeUser, "--allow-principal User:" + user);
  }
  return error;
}

core::Error answer_lacks(const Task& task, std::string_view what) {
  return {Reason::KafkaUnavailable, fmt::format("{}: the answer lacks {}", in_words(task), what)};
}

}  // namespace kafka
