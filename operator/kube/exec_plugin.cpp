#include "kube/exec_plugin.h"

#include <fmt/format.h>

#include <system_error>
#include <variant>

#include "core/overloaded.h"
#include "kube/base64.h"

namespace kube {
namespace {

constexpr const char* kInfoVariable = "KUBERNETES_EXEC_INFO";

nlohmann::json cluster_of(const ExecPlugin& plugin) {
  nlohmann::json cluster = plugin.cluster;
  if (!cluster.is_null() && plugin.certificate_authority) {
    cluster["certificate-authority-data"] = to_base64(plugin.certificate_authority->current());
  }
  return cluster;
}

// On one line, as logs and conditions have it.
std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string not_started(int error, const std::string& install_hint) {
  const auto why = "can't be started: " + std::generic_category().message(error);
  const bool is_missing = error == ENOENT && !install_hint.empty();
  return is_missing ? fmt::format("{}; {}", why, on_one_line(install_hint)) : why;
}

// How it failed; empty: it has not.
std::string failure_of(const ProcessEnd& end, const ExecPlugin& plugin,
                       std::chrono::milliseconds deadline) {
  const auto seconds = std::chrono::duration<double>(deadline).count();
  return std::visit(
      core::Overloaded{
          [](Exited exited) {
            return exited.code == 0 ? "" : fmt::format("ended with exit code {}", exited.code);
          },
          [](Killed killed) { return fmt::format("was killed by signal {}", killed.signal); },
          [&](NotStarted failed) { return not_started(failed.error, plugin.install_hint); },
          [&](TimedOut) { return fmt::format("did not end within {} s", seconds); },
          [](Stopped) { return std::string("was stopped"); },
          [](OutputTooLarge) { return std::string("printed far too much"); }},
      end);
}

}  // namespace

core::Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin,
                                             std::chrono::milliseconds deadline,
                                             const std::stop_token& stop) {
  Command command = plugin.command;
  command.environment[kInfoVariable] = exec_info(plugin.api_version, cluster_of(plugin));
  const ProcessResult result = run_process(command, deadline, stop);
  const auto refuse = [&](const std::string& what) {
    const std::string complaints = on_one_line(result.complaints);
    return core::fail(core::Reason::KubernetesUnavailable,
                      fmt::format("{}: {} {}{}{}", plugin.label, command.program, what,
                                  complaints.empty() ? "" : ": ", complaints));
  };
  if (const auto failure = failure_of(result.end, plugin, deadline); !failure.empty()) {
    return refuse(failure);
  }
  auto credential = decode_exec_credential(result.output, plugin.api_version);
  if (!credential) return refuse("is of no use: " + credential.error().message);
  return credential;
}

}  // namespace kube
