#pragma once

#include <chrono>
#include <stop_token>

namespace kube {

// How long somebody waits for something.
struct Patience {
  std::chrono::steady_clock::time_point until;
  std::stop_token stop;
};

}  // namespace kube
