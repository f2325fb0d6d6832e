#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tests {

// A TCP port that is no Kafka.
class Listener {
 public:
  enum class Manner { Refuses, Closes, StaysSilent };

  explicit Listener(Manner manner);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void serve();

  Manner manner_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::vector<int> connections_;
  std::thread server_;
};

}  // namespace tests
