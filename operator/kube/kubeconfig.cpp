#include "kube/kubeconfig.h"

#include <string>
#include <utility>
#include <vector>

#include "kube/kubeconfig_entry.h"
#include "kube/kubeconfig_source.h"
#include "kube/kubeconfig_user.h"
#include "kube/pem.h"

namespace kube {
namespace {

using Files = std::vector<KubeconfigFile>;

std::string current_context(const Files& files) {
  for (const KubeconfigFile& file : files) {
    auto name = std::as_const(file.root)["current-context"].as<std::string>("");
    if (!name.empty()) return name;
  }
  return {};
}

core::Result<void> take_cluster(const KubeconfigEntry& cluster, Config& config) {
  auto supported = refuse_unsupported(
      cluster, {{"proxy-url", "give a server that can be reached without a proxy"}});
  if (!supported) return supported;
  auto server = parse_server_url(cluster.text("server"));
  if (!server) return refuse_kubeconfig(cluster.label, "server: " + server.error().message);
  auto authority = certificate_source(cluster, "certificate-authority", fault_of_certificates);
  if (!authority) return tl::unexpected(authority.error());
  config.server = *std::move(server);
  config.certificate_authority = *std::move(authority);
  config.tls_server_name = cluster.text("tls-server-name");
  config.insecure_skip_tls_verify = cluster.is_true("insecure-skip-tls-verify");
  return {};
}

core::Result<Config> take_context(const Files& files, const std::string& name) {
  const auto context = find_entry(files, "context", name);
  if (!context) return tl::unexpected(context.error());
  const auto cluster = find_entry(files, "cluster", context->text("cluster"));
  if (!cluster) return tl::unexpected(cluster.error());

  Config config;
  config.origin = context->label;
  if (const auto space = context->text("namespace"); !space.empty()) config.namespace_name = space;
  if (const auto taken = take_cluster(*cluster, config); !taken) {
    return tl::unexpected(taken.error());
  }
  if (context->text("user").empty()) return config;
  const auto user = find_entry(files, "user", context->text("user"));
  if (!user) return tl::unexpected(user.error());
  if (const auto taken = take_user(*user, *cluster, config); !taken) {
    return tl::unexpected(taken.error());
  }
  return config;
}

}  // namespace

core::Result<Config> read_kubeconfig(const std::vector<std::filesystem::path>& paths) {
  const auto files = load_files(paths);
  if (!files) return tl::unexpected(files.error());
  const std::string where = "kubeconfig " + paths.front().string();
  try {
    const std::string context = current_context(*files);
    if (context.empty()) return refuse_kubeconfig(where, "current-context is not set");
    return take_context(*files, context);
  } catch (const YAML::Exception& error) {  // a list where a mapping belongs, and the like
    return refuse_kubeconfig(where, error.what());
  }
}

}  // namespace kube
