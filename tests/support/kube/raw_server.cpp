#include "support/kube/raw_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace tests {
namespace {

constexpr std::chrono::milliseconds kTick{5};

}  // namespace

bool RawServer::Connection::send(std::string_view bytes) const {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

std::string RawServer::Connection::receive(std::size_t most) const {
  std::string bytes(most, '\0');
  const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

std::string RawServer::Connection::receive_head() const {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const std::string bytes = receive(1);
    if (bytes.empty()) break;
    head += bytes;
  }
  return head;
}

bool RawServer::Connection::wait(std::chrono::milliseconds duration) const {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (!is_ending_ && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(kTick);
  return !is_ending_;
}

void RawServer::Connection::wait_for_end() const {
  while (wait(kTick)) {
  }
}

RawServer::RawServer(Serve serve)
    : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener_, generic, size) == 0);
  REQUIRE(::listen(listener_, 16) == 0);
  REQUIRE(::getsockname(listener_, generic, &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this] { accept_all(); });
}

RawServer::~RawServer() {
  is_ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  serving_.clear();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void RawServer::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    sockets_.push_back(socket);
    serving_.emplace_back([this, socket] {
      serve_(Connection(socket, is_ending_));
      ::shutdown(socket, SHUT_RDWR);
    });
  }
}

}  // namespace tests
