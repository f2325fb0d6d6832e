#include "support/server_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace tests {
namespace {

int descriptor_of(const std::filesystem::path& entry) {
  return std::atoi(entry.filename().c_str());
}

}  // namespace

int socket_between(int local_port, int remote_port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int candidate = descriptor_of(entry.path());
    sockaddr_in local{};
    sockaddr_in remote{};
    socklen_t local_size = sizeof local;
    socklen_t remote_size = sizeof remote;
    auto* local_address = reinterpret_cast<sockaddr*>(&local);
    auto* remote_address = reinterpret_cast<sockaddr*>(&remote);
    if (::getsockname(candidate, local_address, &local_size) != 0) continue;
    if (::getpeername(candidate, remote_address, &remote_size) != 0) continue;
    if (ntohs(local.sin_port) == local_port && ntohs(remote.sin_port) == remote_port) {
      return candidate;
    }
  }
  return -1;
}

void swallow_everything(int socket) {
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, drop};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    throw std::runtime_error("the kernel takes no filter for a socket");
  }
}

}  // namespace tests
