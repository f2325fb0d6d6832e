#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kafka/call.h"

namespace kafka {

struct TopicDescription {
  std::int32_t partitions = 0;
  // By rights. Also true where it is not told, or was not asked for.
  bool may_be_read = true;
  bool operator==(const TopicDescription&) const = default;
};
using TopicDescriptions = std::map<std::string, core::Result<TopicDescription>>;

Request describe_topics_request(std::vector<std::string> topics, bool with_rights);
// One for each topic of the request.
core::Result<TopicDescriptions> topics_in(const Event& answer, const Task& task);

// Asks for all of them at once, and once more for those that are not there: a broker may not have
// heard yet of a new topic.
core::Result<TopicDescriptions> describe_topics(const Channel& channel,
                                                const std::vector<std::string>& topics,
                                                bool with_rights);

// The error of the topics that can't be described, naming all that have the same; none if all can.
core::Result<void> check_topics(const TopicDescriptions& topics);

// Whether all of them may be committed for: an error that names all that may not be read. Kafka
// refuses these alone, and commits the others, so that is to be known before.
core::Result<void> check_rights(const TopicDescriptions& topics, const std::string& group);

}  // namespace kafka
