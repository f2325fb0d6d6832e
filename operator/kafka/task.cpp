#include "kafka/task.h"

#include <fmt/format.h>

namespace kafka {

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::Describe:
      return "describe";
    case Operation::Metadata:
      return "metadata";
    case Operation::Committed:
      return "committed";
    case Operation::LogStart:
      return "log_start";
    case Operation::LogEnd:
      return "log_end";
    case Operation::Timestamp:
      return "timestamp";
    case Operation::Commit:
      return "commit";
    case Operation::History:
      return "history";
  }
  return "";  // unreachable: every enumerator is above
}

std::string in_words(const Task& task) {
  switch (task.operation) {
    case Operation::Describe:
      return fmt::format("describe group {}", task.group);
    case Operation::Metadata:
      return fmt::format("read the partitions of topic {}", task.topic);
    case Operation::Committed:
      return fmt::format("read committed offsets of group {}", task.group);
    case Operation::LogStart:
      return fmt::format("read the log start of topic {}", task.topic);
    case Operation::LogEnd:
      return fmt::format("read the log end of topic {}", task.topic);
    case Operation::Timestamp:
      return fmt::format("look up a timestamp in topic {}", task.topic);
    case Operation::Commit:
      return fmt::format("commit offsets of group {}", task.group);
    case Operation::History:
      return fmt::format("look for an earlier commit of group {} in topic {}", task.group,
                         task.topic);
  }
  return {};  // unreachable: every enumerator is above
}

}  // namespace kafka
