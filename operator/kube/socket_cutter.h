#pragma once

#include <mutex>

namespace kube {

// Ends what another thread does with a socket, in whatever state: connecting, in the TLS handshake,
// reading. httplib's own stop() (0.41.0) waits for the mutex that is held while it connects, so it
// may take as long as the connection timeout. The duplicate of the descriptor is ours, so it can't
// be closed and given to somebody else's socket in between.
class SocketCutter {
 public:
  SocketCutter() = default;
  SocketCutter(const SocketCutter&) = delete;
  SocketCutter& operator=(const SocketCutter&) = delete;
  ~SocketCutter();

  void adopt(int socket);  // from now on this one
  void cut();
  void rearm();  // before the next exchange

 private:
  void release();

  std::mutex mutex_;
  int duplicate_ = -1;
  bool is_cut_ = false;
};

// Nagle's algorithm off, and a peer that silently went away noticed within a minute.
void set_tcp_options(int socket);

}  // namespace kube
