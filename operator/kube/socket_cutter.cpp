#include "kube/socket_cutter.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace kube {
namespace {

constexpr int kShutdowns = 20;

// What will be connected next is no socket any more, so that connecting it fails at once.
void disable(int socket) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup3(nothing, socket, O_CLOEXEC);
  ::close(nothing);
}

void set(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

SocketCutter::~SocketCutter() { release(); }

void SocketCutter::adopt(int socket) {
  const std::lock_guard lock(mutex_);
  release();
  if (is_cut_) return disable(socket);
  duplicate_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

void SocketCutter::cut() {
  const std::lock_guard lock(mutex_);
  is_cut_ = true;
  // Linux: of a socket that is connecting this aborts the connecting; one that is just about to
  // connect is not impressed, and has to be told again.
  for (int i = 0; i < kShutdowns && duplicate_ >= 0; ++i) {
    if (::shutdown(duplicate_, SHUT_RDWR) == 0 || errno != ENOTCONN) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
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
