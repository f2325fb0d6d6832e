#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kafka {

// The requests that are sent. The names are the values of the metrics' label `operation`.
enum class Operation : std::uint8_t {
  Describe,
  Metadata,
  Committed,
  LogStart,
  LogEnd,
  Timestamp,
  Commit,
  History,
};
inline constexpr std::array kOperations{
    Operation::Describe, Operation::Metadata,  Operation::Committed, Operation::LogStart,
    Operation::LogEnd,   Operation::Timestamp, Operation::Commit,    Operation::History};
std::string_view to_string(Operation operation);

// What is being done to what: every error message begins with it.
struct Task {
  Operation operation = Operation::Describe;
  std::string group;
  std::string topic;
};

// "commit offsets of group orders"
std::string in_words(const Task& task);

}  // namespace kafka
