#include "kafka/topic_description.h"

#include <algorithm>
#include <span>
#include <thread>
#include <utility>

#include "kafka/errors.h"
#include "kafka/rights.h"

namespace kafka {
namespace {

using core::Reason;
using core::Result;

// For how long a broker may not have heard of a new topic.
constexpr std::chrono::milliseconds kMetadataLag{250};

bool may_be_read(const rd_kafka_TopicDescription_t* topic) {
  std::size_t count = 0;
  const auto* rights = rd_kafka_TopicDescription_authorized_operations(topic, &count);
  return includes({rights, count}, RD_KAFKA_ACL_OPERATION_READ);
}

Result<TopicDescription> described(const rd_kafka_TopicDescription_t* topic, const Task& task) {
  const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(topic));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  std::size_t count = 0;
  rd_kafka_TopicDescription_partitions(topic, &count);
  return TopicDescription{static_cast<std::int32_t>(count), may_be_read(topic)};
}

template <typename Predicate>
std::vector<std::string> names(const TopicDescriptions& topics, Predicate predicate) {
  std::vector<std::string> found;
  for (const auto& [name, topic] : topics) {
    if (predicate(topic)) found.push_back(name);
  }
  return found;
}

}  // namespace

Request describe_topics_request(std::vector<std::string> topics, bool with_rights) {
  auto send = [topics](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                       rd_kafka_queue_t* queue) {
    std::vector<const char*> names;
    names.reserve(topics.size());
    for (const auto& topic : topics) names.push_back(topic.c_str());
    const TopicCollection collection(
        rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    rd_kafka_DescribeTopics(handle, collection.get(), options, queue);
  };
  Request request{{Operation::Metadata, {}, std::move(topics)},
                  RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
                  std::move(send)};
  request.with_rights = with_rights;
  return request;
}

Result<TopicDescriptions> topics_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeTopics_result(answer.get());
  const auto* topics = rd_kafka_DescribeTopics_result_topics(result, &count);
  TopicDescriptions descriptions;
  for (const auto* topic : std::span(topics, count)) {
    if (topic == nullptr) continue;
    const std::string name = rd_kafka_TopicDescription_name(topic);
    descriptions.emplace(name, described(topic, {task.operation, {}, {name}}));
  }
  for (const auto& name : task.topics) {
    if (!descriptions.contains(name)) return tl::unexpected(answer_lacks(task, "topic " + name));
  }
  return descriptions;
}

Result<TopicDescriptions> describe_topics(const Channel& channel,
                                          const std::vector<std::string>& topics,
                                          bool with_rights) {
  if (topics.empty()) return TopicDescriptions{};
  auto found = ask(channel, describe_topics_request(topics, with_rights), topics_in);
  if (!found) return found;
  const auto missing = names(*found, [](const Result<TopicDescription>& topic) {
    return !topic && topic.error().reason == Reason::TopicNotFound;
  });
  if (missing.empty()) return found;
  std::this_thread::sleep_for(kMetadataLag);
  auto again = ask(channel, describe_topics_request(missing, with_rights), topics_in);
  if (again) again->merge(*found);
  return again;
}

Result<void> check_topics(const TopicDescriptions& topics) {
  const auto failed = std::find_if(topics.begin(), topics.end(),
                                   [](const auto& topic) { return !topic.second.has_value(); });
  if (failed == topics.end()) return {};
  const core::Error& first = failed->second.error();
  const auto same = names(topics, [&](const Result<TopicDescription>& topic) {
    return !topic && topic.error().reason == first.reason;
  });
  const Task task{Operation::Metadata, {}, same};
  switch (first.reason) {
    case Reason::TopicNotFound:
      return tl::unexpected(error_of(task, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
    case Reason::NotAuthorized:
      return tl::unexpected(error_of(task, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
    default:
      return tl::unexpected(first);
  }
}

Result<void> check_rights(const TopicDescriptions& topics, const std::string& group) {
  auto forbidden = names(topics, [](const Result<TopicDescription>& topic) {
    return topic ? !topic->may_be_read : topic.error().reason == Reason::NotAuthorized;
  });
  if (forbidden.empty()) return {};
  return tl::unexpected(error_of({Operation::Commit, group, std::move(forbidden)},
                                 RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
}

}  // namespace kafka
