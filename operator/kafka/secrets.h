#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/connection.h"

namespace kafka {

// The secret texts of one connection, to be taken out of whatever a library says before it is
// logged or told. None of what librdkafka 2.14 prints is known to hold one but a refused token;
// this keeps it so with other versions and brokers.
class Secrets {
 public:
  explicit Secrets(const core::Connection& connection);

  void add(const std::string& secret);
  // The text with "***" for each secret of at least four characters. (A shorter one would be told
  // by what is missing.)
  std::string without(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // the longest first, as one may be in another
};

}  // namespace kafka
