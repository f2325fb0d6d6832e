#pragma once

#include <librdkafka/rdkafka.h>

#include <span>

namespace kafka {

// Whether what a description says that may be done (its "authorized operations") includes this.
// True too where nothing is told.
bool includes(std::span<const rd_kafka_AclOperation_t> rights, rd_kafka_AclOperation_t operation);

}  // namespace kafka
