#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/reason.h"
#include "kube/server_url.h"
#include "kube/text_source.h"

namespace kube {

class ExecSource;
class KeyPairSource;

// How to reach an API server and who we are there.
struct Config {
  std::string origin;  // for logs: "in-cluster", "context admin of /home/me/.kube/config"
  ServerUrl server;
  std::string tls_server_name;  // the name in the server's certificate, where it is not the host
  bool insecure_skip_tls_verify = false;
  std::string namespace_name = "default";  // of the pod, or of the context

  // Each may be absent; with exec there is neither a key pair nor a token. Without an authority the
  // system's are trusted. identity.h says what they come to.
  std::shared_ptr<TextSource> certificate_authority;
  std::shared_ptr<KeyPairSource> key_pair;
  std::shared_ptr<TextSource> token;
  std::shared_ptr<ExecSource> exec;
};

// What load_config looks at beyond its argument; tests put their own in.
struct Surroundings {
  std::function<std::optional<std::string>(const char*)> variable;
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};
Surroundings process_surroundings();

// The first of these that is there: the given kubeconfig (`--kubeconfig`; empty: not given),
// $KUBECONFIG (a list, merged), the pod's service account, ~/.kube/config. Errors (InternalError)
// name the file and the field.
core::Result<Config> load_config(const std::filesystem::path& kubeconfig,
                                 const Surroundings& surroundings = process_surroundings());

// Of a server that asks for no credentials.
core::Result<Config> config_without_credentials(const std::string& server);

}  // namespace kube
