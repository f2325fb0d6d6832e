#include "kafka/topic_description.h"

#include "kafka/errors.h"

namespace kafka {
namespace {

core::Result<std::int32_t> partition_count_of(const rd_kafka_TopicDescription_t* topic,
                                              const Task& task) {
  const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(topic));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  std::size_t count = 0;
  rd_kafka_TopicDescription_partitions(topic, &count);
  return static_cast<std::int32_t>(count);
}

}  // namespace

Request describe_topic(const std::string& topic) {
  return {
      {Operation::Metadata, {}, topic},
      RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
      [topic](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const char* name = topic.c_str();
        const TopicCollection names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
        rd_kafka_DescribeTopics(handle, names.get(), options, queue);
      }};
}

core::Result<std::int32_t> partition_count_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeTopics_result(answer.get());
  const auto* topics = rd_kafka_DescribeTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (topics[i] != nullptr && task.topic == rd_kafka_TopicDescription_name(topics[i])) {
      return partition_count_of(topics[i], task);
    }
  }
  return tl::unexpected(answer_lacks(task, "the topic"));
}

}  // namespace kafka
