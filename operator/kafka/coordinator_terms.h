#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/reason.h"
#include "kafka/call.h"

namespace kafka {

// Whose turn it is to coordinate some groups: by partition of the offsets topic, its leader's
// epoch.
using CoordinatorTerms = std::map<std::int32_t, std::int32_t>;

// The terms of these groups' coordinators, once all of them can be believed. A broker that has just
// become coordinator answers by what its log's high watermark covers, and may lack what the one
// before it has acknowledged, for a second or more (Kafka 4.3). Of such a log it does not tell the
// end (KIP-207): then the error is KafkaUnavailable. What was read between two equal answers of
// this function lacks nothing. Empty where that can't be told: the offsets topic may not be
// described, or is not there.
core::Result<CoordinatorTerms> coordinator_terms(const Channel& channel,
                                                 const std::set<std::string>& groups);

}  // namespace kafka
