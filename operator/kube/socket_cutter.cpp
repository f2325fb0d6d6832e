#include "kube/socket_cutter.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace kube {
namespace {

void set(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

SocketCutter::~SocketCutter() { release(); }

void SocketCutter::adopt(int socket) {
  const std::lock_guard lock(mutex_);
  release();
  duplicate_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (is_cut_) ::shutdown(duplicate_, SHUT_RDWR);
}

void SocketCutter::cut() {
  const std::lock_guard lock(mutex_);
  is_cut_ = true;
  // Linux: of a socket that is still connecting this aborts the connecting.
  if (duplicate_ >= 0) ::shutdown(duplicate_, SHUT_RDWR);
}

void SocketCutter::rearm() {
  const std::lock_guard lock(mutex_);
  is_cut_ = false;
}

void SocketCutter::release() {
  if (duplicate_ >= 0) ::close(std::exchange(duplicate_, -1));
}

void set_tcp_options(int socket) {
  constexpr int kIdleSeconds = 20;
  constexpr int kProbeSeconds = 10;
  constexpr int kProbes = 3;
  constexpr int kUnacknowledgedMs = 30'000;
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMs);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace kube
