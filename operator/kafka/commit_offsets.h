#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// What changes a group's commits, in one request: an OffsetCommit without a member id, or an
// OffsetDelete. The coordinator refuses the first while the group has members, the second for
// topics that its members subscribe to.
Request commit_request(const core::CommitRequest& request);

// Of a group that Kafka does not know (any more), and of a partition without a commit, there is
// nothing to delete: that is what was asked for.
core::Result<void> check_commit(const Event& answer, const Task& task);

}  // namespace kafka
