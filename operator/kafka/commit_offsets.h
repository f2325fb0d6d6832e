#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// One OffsetCommit request without a member id, which a group with members refuses.
Request commit_offsets(const core::CommitRequest& request);
core::Result<void> check_commit(const Event& answer, const Task& task);

}  // namespace kafka
