#include "kafka/task.h"

#include <fmt/format.h>

#include "core/text.h"

namespace kafka {

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::Describe:
      return "describe";
    case Operation::Coordinator:
      return "coordinator";
    case Operation::Metadata:
      return "metadata";
    case Operation::Committed:
      return "committed";
    case Operation::Source:
      return "source";
    case Operation::LogStart:
      return "log_start";
    case Operation::LogEnd:
      return "log_end";
    case Operation::Timestamp:
      return "timestamp";
    case Operation::Commit:
      return "commit";
    case Operation::Delete:
      return "delete";
    case Operation::History:
      return "history";
    case Operation::Cluster:
      return "cluster";
  }
  return "";  // unreachable: every enumerator is above
}

std::string in_words(const std::vector<std::string>& topics) {
  return fmt::format("topic{} {}", topics.size() == 1 ? "" : "s", core::listed(topics));
}

std::string in_words(const Task& task) {
  switch (task.operation) {
    case Operation::Describe:
      return fmt::format("describe group {}", task.group);
    case Operation::Coordinator:
      return fmt::format("ask the coordinator of group {}", task.group);
    case Operation::Metadata:
      return fmt::format("read the partitions of {}", in_words(task.topics));
    case Operation::Committed:
    case Operation::Source:
      return fmt::format("read committed offsets of group {}", task.group);
    case Operation::LogStart:
      return fmt::format("read the log start of {}", in_words(task.topics));
    case Operation::LogEnd:
      return fmt::format("read the log end of {}", in_words(task.topics));
    case Operation::Timestamp:
      return fmt::format("look up a timestamp in {}", in_words(task.topics));
    case Operation::Commit:
      return fmt::format("commit offsets of group {}", task.group);
    case Operation::Delete:
      return fmt::format("delete committed offsets of group {}", task.group);
    case Operation::History:
      return fmt::format("look for an earlier commit of group {} in {}", task.group,
                         in_words(task.topics));
    case Operation::Cluster:
      return "describe the cluster";
  }
  return {};  // unreachable: every enumerator is above
}

}  // namespace kafka
