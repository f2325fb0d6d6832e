#pragma once

#include <string>

#include "core/connection.h"

namespace tests {

// A way to these servers without TLS and authentication.
inline core::Connection reach(const std::string& bootstrap_servers) {
  return {{}, bootstrap_servers, {}, {}, {}};
}

}  // namespace tests
