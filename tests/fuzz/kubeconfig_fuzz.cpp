#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fuzz/fuzz.h"
#include "kube/kubeconfig.h"

namespace {

std::filesystem::path file() {
  return std::filesystem::temp_directory_path() /
         ("offset-reset-operator-kubeconfig-fuzz-" + std::to_string(getpid()));
}

}  // namespace

// A kubeconfig is read, or refused with a message.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = file();
  std::ofstream(path, std::ios::binary) << fuzz::text(data, size);
  const auto config = kube::read_kubeconfig({path});
  fuzz::hold(config ? !config->server.host.empty() : !config.error().message.empty());
  std::filesystem::remove(path);
  return 0;
}
