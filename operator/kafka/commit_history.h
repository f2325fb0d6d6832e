#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// The topic in which group coordinators keep what is committed (Kafka's own, internal).
inline constexpr const char* kOffsetsTopic = "__consumer_offsets";

// The partition of that topic which holds a group: the absolute value of Java's String.hashCode of
// its name, modulo the partitions (Kafka 4.3, GroupCoordinatorService.partitionFor).
std::int32_t offsets_partition(const std::string& group, std::int32_t partitions);

// Whether a record with that metadata in it stands in the group's partition, from `since` on.
// Errors: NotAuthorized; KafkaUnavailable, also where there is too much to read by the deadline.
core::Result<bool> find_commit(Client& client, RequestMetrics& metrics,
                               const core::HistoryRequest& request, Deadline deadline);

}  // namespace kafka
