#include "support/kafka/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace tests {

Listener::Listener(Manner manner) : manner_(manner), socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket_, generic, size) != 0 || getsockname(socket_, generic, &size) != 0) {
    throw std::runtime_error("bind");
  }
  port_ = ntohs(address.sin_port);
  // A port that is bound but does not listen refuses, and nobody else gets it meanwhile.
  if (manner_ == Manner::Refuses) return;
  if (listen(socket_, 64) != 0) throw std::runtime_error("listen");
  server_ = std::thread([this] { serve(); });
}

Listener::~Listener() {
  stopping_ = true;
  if (server_.joinable()) server_.join();
  for (const int connection : connections_) close(connection);
  close(socket_);
}

void Listener::serve() {
  while (!stopping_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int connection = accept(socket_, nullptr, nullptr);
    if (manner_ == Manner::StaysSilent) {
      connections_.push_back(connection);
      continue;
    }
    std::array<char, 256> request{};
    static_cast<void>(recv(connection, request.data(), request.size(), 0));
    close(connection);
  }
}

}  // namespace tests
