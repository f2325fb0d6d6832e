#pragma once

#include <vector>

#include "core/ports.h"
#include "kafka/call.h"
#include "kafka/wanted.h"

namespace kafka {

// What the brokers say of each partition that is wanted, in their order. Everything is asked at
// once.
core::Result<std::vector<core::PartitionSnapshot>> read_partitions(const Channel& channel,
                                                                   const core::ReadRequest& request,
                                                                   const Wanted& wanted);

}  // namespace kafka
