#pragma once

#include <string_view>

namespace core {

// Kafka's own rule for the name of a topic (org.apache.kafka.common.internals.Topic): 1 to 249
// letters, digits, '.', '_' and '-', but neither "." nor "..".
inline bool is_topic_name(std::string_view name) {
  constexpr std::size_t kLongest = 249;
  constexpr std::string_view kLegal =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
         name.find_first_not_of(kLegal) == std::string_view::npos;
}

}  // namespace core
