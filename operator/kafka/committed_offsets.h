#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "core/snapshot.h"
#include "kafka/call.h"

namespace kafka {

// The committed offsets of a group, by partition; a partition without a commit has none. Of a group
// that Kafka does not know, nothing is committed.
Request list_committed(const std::string& group, const std::string& topic,
                       std::span<const std::int32_t> partitions);
core::Result<std::map<std::int32_t, std::optional<core::Commit>>> committed_in(const Event& answer,
                                                                               const Task& task);

// The same for all topics of the group: only whether there is a commit at all.
Request list_all_committed(const std::string& group);
core::Result<bool> has_commits_in(const Event& answer, const Task& task);

}  // namespace kafka
