#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace tests {

// Until the condition holds; fails the test after 20 s.
inline void eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace tests
