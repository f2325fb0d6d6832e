#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "core/reason.h"
#include "kube/child_process.h"
#include "kube/exec_credential.h"
#include "kube/text_source.h"

namespace kube {

// A program that prints a credential, as a kubeconfig's user names it. It gets no terminal.
struct ExecPlugin {
  std::string label;  // for messages: "user admin in /home/me/.kube/config: exec"
  std::string api_version;
  Command command;
  std::string install_hint;

  // What it is told of the cluster (provideClusterInfo); null: nothing. The authority's
  // certificates are added as they are when it runs; null: the cluster has none of its own.
  nlohmann::json cluster;
  std::shared_ptr<TextSource> certificate_authority;
};

// Runs it once. The error (KubernetesUnavailable) says how it ended, with what it wrote to standard
// error; what it printed is kept secret.
core::Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin,
                                             std::chrono::milliseconds deadline,
                                             const std::stop_token& stop);

}  // namespace kube
