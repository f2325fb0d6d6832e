#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// The cluster's id, and how many brokers it has.
core::Result<core::ClusterDescription> describe_cluster(const Channel& channel);

}  // namespace kafka
