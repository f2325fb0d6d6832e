#include "kube/kubeconfig_exec.h"

#include <fmt/format.h>

#include <utility>

#include "kube/yaml_json.h"

namespace kube {
namespace {

constexpr const char* kVersion = "client.authentication.k8s.io/v1";
constexpr const char* kOlderVersion = "client.authentication.k8s.io/v1beta1";
constexpr const char* kExtension = "client.authentication.k8s.io/exec";

tl::unexpected<core::Error> refuse(const KubeconfigEntry& exec, const std::string& what) {
  return refuse_kubeconfig(exec.label, what);
}

core::Result<void> check_version(const KubeconfigEntry& exec) {
  const std::string version = exec.text("apiVersion");
  if (version == kVersion || version == kOlderVersion) return {};
  return refuse(exec, fmt::format("apiVersion \"{}\" is not supported; use {}", version, kVersion));
}

// The older version has a default for it.
core::Result<void> check_interactive_mode(const KubeconfigEntry& exec) {
  const std::string mode = exec.text("interactiveMode");
  const bool may_be_absent = exec.text("apiVersion") == kOlderVersion;
  if (mode == "Never" || mode == "IfAvailable" || (mode.empty() && may_be_absent)) return {};
  if (mode != "Always") return refuse(exec, "interactiveMode must be Never or IfAvailable");
  return refuse(exec,
                "interactiveMode Always is not supported, as the operator has no terminal; "
                "use a plugin that asks nobody, with Never or IfAvailable");
}

// Without a slash it is looked for in PATH.
std::string program_of(const KubeconfigEntry& exec) {
  const std::string command = exec.text("command");
  return command.find('/') == std::string::npos ? command : exec.path(command).string();
}

Command command_of(const KubeconfigEntry& exec) {
  Command command{.program = program_of(exec), .arguments = {}, .environment = {}};
  for (const auto& argument : exec.body["args"]) {
    command.arguments.push_back(argument.as<std::string>());
  }
  for (const auto& variable : exec.body["env"]) {
    command.environment[variable["name"].as<std::string>()] = variable["value"].as<std::string>("");
  }
  return command;
}

// What the cluster's entry has for plugins, if anything.
core::Result<nlohmann::json> extension_of(const KubeconfigEntry& cluster) {
  for (const auto& extension : cluster.body["extensions"]) {
    if (extension["name"].as<std::string>("") != kExtension) continue;
    auto json = to_json(extension["extension"]);
    if (json) return *std::move(json);
    return refuse_kubeconfig(cluster.label,
                             fmt::format("extension {} is nested too deep", kExtension));
  }
  return nlohmann::json();
}

// Cluster of client.authentication.k8s.io; what it has by default is absent.
core::Result<nlohmann::json> cluster_info(const KubeconfigEntry& cluster) {
  auto config = extension_of(cluster);
  if (!config) return config;
  nlohmann::json info{{"server", cluster.text("server")}};
  if (const auto name = cluster.text("tls-server-name"); !name.empty()) {
    info["tls-server-name"] = name;
  }
  if (cluster.is_true("insecure-skip-tls-verify")) info["insecure-skip-tls-verify"] = true;
  if (!config->is_null()) info["config"] = *std::move(config);
  return info;
}

}  // namespace

core::Result<ExecPlugin> read_exec(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                                   std::shared_ptr<TextSource> authority) {
  const KubeconfigEntry exec{user.file, user.label + ": exec", user.body["exec"]};
  if (const auto checked = check_version(exec); !checked) return tl::unexpected(checked.error());
  if (const auto checked = check_interactive_mode(exec); !checked) {
    return tl::unexpected(checked.error());
  }
  ExecPlugin plugin{.label = exec.label,
                    .api_version = exec.text("apiVersion"),
                    .command = command_of(exec),
                    .install_hint = exec.text("installHint"),
                    .cluster = {},
                    .certificate_authority = std::move(authority)};
  if (plugin.command.program.empty()) return refuse(exec, "command is missing");
  if (!exec.is_true("provideClusterInfo")) return plugin;
  auto info = cluster_info(cluster);
  if (!info) return tl::unexpected(info.error());
  plugin.cluster = *std::move(info);
  return plugin;
}

}  // namespace kube
