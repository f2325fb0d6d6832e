#pragma once

#include <string>

namespace tests {

// A message about a missing right without the command that grants it.
inline std::string without_command(const std::string& message) {
  return message.substr(0, message.find("; this grants it: kafka-acls.sh "));
}

}  // namespace tests
