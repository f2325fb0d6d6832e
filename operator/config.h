#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "kube/lease_state.h"

// What the command line and the environment ask for.
namespace config {

// Where to listen. An empty host: every address. Not enabled: "0".
struct BindAddress {
  std::string host;
  int port = 0;
  bool is_enabled = true;

  bool operator==(const BindAddress&) const = default;
};

// ":8080", "127.0.0.1:8080", "[::1]:8080", or "0" for none.
std::optional<BindAddress> parse_bind_address(const std::string& text);

struct LeaderElect {
  bool is_enabled = false;
  std::string namespace_name;  // empty: the pod's, or the kubeconfig's
  kube::LeaseTiming timing;
};

struct Config {
  std::string kubeconfig;                     // empty: as kube::load_config finds one
  std::vector<std::string> watch_namespaces;  // empty: all
  BindAddress metrics_bind_address;
  BindAddress health_probe_bind_address;
  std::size_t workers = 8;
  bool allow_inline_bootstrap_servers = true;
  bool cluster_connections = true;  // watch and use ClusterKafkaConnections
  LeaderElect leader_elect;
  base::Level log_level = base::Level::Info;
};

// The process is to end at once: after --help, --version or a mistake.
struct Exit {
  int code = 0;
  std::string text;  // for standard output if the code is 0, else for standard error
};

// `versions`: what --version prints.
std::variant<Config, Exit> parse(int argc, const char* const* argv, const std::string& versions);

}  // namespace config
