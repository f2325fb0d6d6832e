#pragma once

#include <string>

#include "core/snapshot.h"
#include "kafka/call.h"

namespace kafka {

// Who is in a group. Works for classic groups and for those of KIP-848. A group that Kafka does not
// know is Dead, without members; so is one of another kind (share, streams), see
// kafka/snapshot_reader.cpp. `with_rights`: a group whose commits may not be deleted is an error.
Request describe_group(const std::string& group, bool with_rights = false);
core::Result<core::GroupSnapshot> group_in(const Event& answer, const Task& task);

}  // namespace kafka
