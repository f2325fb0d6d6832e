#pragma once

#include <string>

#include "core/snapshot.h"
#include "kafka/call.h"

namespace kafka {

// Who is in a group. Works for classic groups and for those of KIP-848. A group that Kafka does not
// know is Dead, without members; so is one of another kind (share, streams), see kafka/admin.cpp.
Request describe_group(const std::string& group);
core::Result<core::GroupSnapshot> group_in(const Event& answer, const Task& task);

}  // namespace kafka
