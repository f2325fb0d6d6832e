#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kafka {

// The requests that are sent. The names are the values of the metrics' label `operation`.
enum class Operation : std::uint8_t {
  Describe,
  Coordinator,  // asked whether it can be believed
  Metadata,
  Committed,
  Source,  // what another group has committed, to be copied
  LogStart,
  LogEnd,
  Timestamp,
  Commit,
  Delete,
  History,
  Cluster,
};
inline constexpr std::array kOperations{
    Operation::Describe, Operation::Coordinator, Operation::Metadata, Operation::Committed,
    Operation::Source,   Operation::LogStart,    Operation::LogEnd,   Operation::Timestamp,
    Operation::Commit,   Operation::Delete,      Operation::History,  Operation::Cluster};
std::string_view to_string(Operation operation);

// What is being done to what: every error message begins with it.
struct Task {
  Operation operation = Operation::Describe;
  std::string group;
  std::vector<std::string> topics;  // those that a message is to name
};

// "commit offsets of group orders"
std::string in_words(const Task& task);

// "topic payments", or "topics payments, refunds"; the first ten.
std::string in_words(const std::vector<std::string>& topics);

}  // namespace kafka
