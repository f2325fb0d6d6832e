#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/folder.h"

namespace tests {

// What the operator logs while this lives: standard error goes to a file meanwhile.
class LogCapture {
 public:
  LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  ~LogCapture();

  std::string text() const;
  std::vector<nlohmann::json> lines(std::string_view message) const;  // with that "msg"

 private:
  Folder folder_;
  int kept_ = -1;  // what standard error was
};

}  // namespace tests
