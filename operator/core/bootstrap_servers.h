#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace core {

inline constexpr std::size_t kMaxBootstrapServers = 64;

// "kafka-0:9092, [::1]:9092" -> {"[::1]:9092", "kafka-0:9092"}: checked, sorted, without blanks and
// duplicates, so that equal lists mean the same cluster. The error is InvalidSpec. librdkafka
// (2.14) accepts anything here and then retries for ever.
Result<std::vector<std::string>> parse_bootstrap_servers(std::string_view text);

}  // namespace core
