#include "kube/config.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#include <vector>

#include "kube/kubeconfig.h"
#include "kube/pem.h"
#include "kube/rotation.h"

namespace kube {
namespace {

using Files = std::vector<std::filesystem::path>;

// Also where it can't be told, as reading it then says why.
bool may_exist(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error) || error;
}

// A list of files that are merged: those that are not there are passed over, as kubectl does, but
// at least one must be.
core::Result<Config> read_listed(const std::string& list) {
  Files files;
  std::istringstream stream(list);
  for (std::string file; std::getline(stream, file, ':');) {
    if (!file.empty() && may_exist(file)) files.emplace_back(file);
  }
  if (files.empty()) {
    return core::fail(core::Reason::InternalError,
                      fmt::format("KUBECONFIG={}: there is no such file", list));
  }
  return read_kubeconfig(files);
}

core::Result<Config> in_cluster(const std::string& host, const std::string& port,
                                const std::filesystem::path& folder) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const auto server = parse_server_url(
      fmt::format("https://{}:{}", is_ipv6 ? fmt::format("[{}]", host) : host, port));
  if (!server) return core::fail(server.error().reason, "in-cluster: " + server.error().message);
  const auto token = TextSource::from_file(
      {.field = "in-cluster token", .path = folder / "token", .max_age = kTokenMaxAge});
  if (!token) return tl::unexpected(token.error());
  const auto authority = TextSource::from_file({.field = "in-cluster CA",
                                                .path = folder / "ca.crt",
                                                .max_age = kCertificateMaxAge,
                                                .fault_of = fault_of_certificates});
  if (!authority) return tl::unexpected(authority.error());

  Config config;
  config.origin = "in-cluster";
  config.server = *server;
  config.token = *token;
  config.certificate_authority = *authority;
  const auto name = TextSource::from_file({.field = "namespace", .path = folder / "namespace"});
  if (name) config.namespace_name = (*name)->current();
  return config;
}

}  // namespace

Surroundings process_surroundings() {
  Surroundings surroundings;
  surroundings.variable = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
  };
  return surroundings;
}

core::Result<Config> load_config(const std::filesystem::path& kubeconfig,
                                 const Surroundings& surroundings) {
  if (!kubeconfig.empty()) return read_kubeconfig({kubeconfig});
  if (const auto list = surroundings.variable("KUBECONFIG")) return read_listed(*list);
  const auto host = surroundings.variable("KUBERNETES_SERVICE_HOST");
  const auto port = surroundings.variable("KUBERNETES_SERVICE_PORT");
  if (host && port) return in_cluster(*host, *port, surroundings.service_account);
  const auto home = surroundings.variable("HOME");
  const auto file = std::filesystem::path(home.value_or("/")) / ".kube" / "config";
  if (home && may_exist(file)) return read_kubeconfig({file});
  return core::fail(core::Reason::InternalError,
                    "no Kubernetes API server is configured: give --kubeconfig or KUBECONFIG, "
                    "or run in a pod with a service account");
}

core::Result<Config> config_without_credentials(const std::string& server) {
  return parse_server_url(server).map([](ServerUrl url) {
    Config config;
    config.origin = url.to_string();
    config.server = std::move(url);
    return config;
  });
}

}  // namespace kube
