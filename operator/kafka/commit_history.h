#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// Whether a commit with that metadata, or the deletion of a commit that the request names, stands
// in the group's partition of the offsets topic, from `since` on.
// Errors: NotAuthorized; KafkaUnavailable, also where there is too much to read by the deadline.
core::Result<bool> find_commit(const Channel& channel, const core::HistoryRequest& request);

}  // namespace kafka
