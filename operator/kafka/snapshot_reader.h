#pragma once

#include "core/ports.h"
#include "kafka/call.h"

namespace kafka {

// One attempt to read what core::Kafka::read asks for.
core::Result<core::Snapshot> read_snapshot(const Channel& channel,
                                           const core::ReadRequest& request);

}  // namespace kafka
