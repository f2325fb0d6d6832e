#include "kafka/wanted.h"

#include <numeric>

namespace kafka {
namespace {

std::vector<std::int32_t> ids_of(const core::TopicRead& topic, std::int32_t count) {
  if (!topic.partitions.empty()) return topic.partitions;
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

Wanted Wanted::of(const std::vector<core::TopicRead>& topics,
                  const std::map<std::string, std::int32_t>& counts) {
  Wanted wanted;
  for (const auto& topic : topics) {
    const auto count = counts.find(topic.topic);
    if (count == counts.end()) continue;
    for (const auto id : ids_of(topic, count->second)) {
      if (id >= count->second) continue;
      const core::TopicPartition at{topic.topic, id};
      wanted.partitions.push_back(at);
      if (topic.also.source_group) wanted.by_source[*topic.also.source_group].push_back(at);
      if (topic.also.timestamp) wanted.by_timestamp[*topic.also.timestamp].push_back(at);
    }
  }
  return wanted;
}

std::vector<core::TopicRead> topics_to_read(const std::set<core::TopicPartition>& partitions,
                                            const core::PartitionRead& also) {
  std::vector<core::TopicRead> topics;
  for (const auto& [topic, partition] : partitions) {
    if (topics.empty() || topics.back().topic != topic) topics.push_back({topic, {}, also});
    topics.back().partitions.push_back(partition);
  }
  return topics;
}

}  // namespace kafka
