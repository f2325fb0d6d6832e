#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tests {

// Listens on 127.0.0.1 and has each connection served by a function, byte by byte: for servers that
// no library would be. Its end closes the connections.
class RawServer {
 public:
  class Connection {
   public:
    Connection(int socket, const std::atomic<bool>& is_ending)
        : socket_(socket), is_ending_(is_ending) {}
    bool send(std::string_view bytes) const;              // false: it is over
    std::string receive(std::size_t most) const;          // empty: it is over
    std::string receive_head() const;                     // of a request
    bool wait(std::chrono::milliseconds duration) const;  // false: the server ends
    void wait_for_end() const;

   private:
    const int socket_;
    const std::atomic<bool>& is_ending_;
  };
  using Serve = std::function<void(const Connection&)>;

  explicit RawServer(Serve serve);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all();

  const Serve serve_;
  const int listener_;
  int port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::vector<int> sockets_;           // the accepting thread's, and after its end the destructor's
  std::vector<std::jthread> serving_;  // likewise
  std::jthread accepting_;
};

}  // namespace tests
