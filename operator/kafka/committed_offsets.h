#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/snapshot.h"
#include "kafka/call.h"
#include "kafka/partition_list.h"

namespace kafka {

using Commits = std::map<core::TopicPartition, std::optional<core::Commit>>;

// What a group has committed; a partition without a commit has none, and of a group that Kafka does
// not know nothing is committed. `which` is Committed, or Source if it is another group's.
Request list_committed(Operation which, const std::string& group, PartitionSpan partitions);

// The same for every partition for which the group has a commit. Topics that may not be looked at
// are left out by the broker, without a word.
Request list_all_committed(Operation which, const std::string& group);

core::Result<Commits> commits_in(const Event& answer, const Task& task);

}  // namespace kafka
