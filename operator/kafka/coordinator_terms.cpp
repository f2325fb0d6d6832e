#include "kafka/coordinator_terms.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "kafka/errors.h"
#include "kafka/log_offsets.h"
#include "kafka/offsets_topic.h"
#include "kafka/topic_description.h"

namespace kafka {
namespace {

using core::Reason;
using core::Result;

// 0: not told.
Result<std::int32_t> offsets_partitions(const Channel& channel) {
  auto& known = channel.client.offsets_partitions();
  if (!known) {
    const auto topics = ask(channel, describe_topics_request({kOffsetsTopic}, false), topics_in);
    if (!topics) return tl::unexpected(topics.error());
    const auto& topic = topics->begin()->second;
    const bool may_pass = !topic && topic.error().reason == Reason::KafkaUnavailable;
    if (may_pass) return tl::unexpected(topic.error());
    known = topic ? topic->partitions : 0;
  }
  return *known;
}

Request log_end_request(const Partitions& partitions, const std::string& group) {
  auto request = list_offsets(Operation::LogEnd, partitions);
  request.task = {Operation::Coordinator, group, {kOffsetsTopic}};
  return request;
}

bool is_behind(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

Result<CoordinatorTerms> terms_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_ListOffsets_result(answer.get());
  const auto* rows = rd_kafka_ListOffsets_result_infos(result, &count);
  CoordinatorTerms terms;
  for (const auto* row : std::span(rows, count)) {
    const auto& partition = *rd_kafka_ListOffsetsResultInfo_topic_partition(row);
    if (is_behind(partition.err)) {
      return core::fail(Reason::KafkaUnavailable,
                        fmt::format("{}: it has just become that, and does not know yet all that "
                                    "was committed",
                                    in_words(task)));
    }
    if (auto good = check_partition(partition, task); !good) return tl::unexpected(good.error());
    terms.emplace(partition.partition, rd_kafka_topic_partition_get_leader_epoch(&partition));
  }
  return terms;
}

}  // namespace

Result<CoordinatorTerms> coordinator_terms(const Channel& channel,
                                           const std::set<std::string>& groups) {
  const auto count = offsets_partitions(channel);
  if (!count) return tl::unexpected(count.error());
  if (*count == 0) return CoordinatorTerms{};
  std::set<core::TopicPartition> partitions;
  for (const auto& group : groups) {
    partitions.insert({kOffsetsTopic, offsets_partition(group, *count)});
  }
  const Partitions wanted(partitions.begin(), partitions.end());
  auto terms = ask(channel, log_end_request(wanted, *groups.begin()), terms_in);
  if (terms && terms->size() != wanted.size()) {
    const Task task{Operation::Coordinator, *groups.begin(), {}};
    return tl::unexpected(answer_lacks(task, "a partition of the offsets topic"));
  }
  return terms;
}

}  // namespace kafka
