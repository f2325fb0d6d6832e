#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/reason.h"
#include "core/time_point.h"
#include "kube/pem.h"

namespace kube {

// What an exec plugin gives: the status of an ExecCredential of client.authentication.k8s.io. It
// has a token, a key pair or both.
struct ExecCredential {
  std::string token;
  KeyPair key_pair;
  std::optional<core::TimePoint> expires;  // none: when it is refused

  bool operator==(const ExecCredential&) const = default;
};

// What a plugin is told in the variable KUBERNETES_EXEC_INFO. `cluster`: null, or spec.cluster.
std::string exec_info(const std::string& api_version, const nlohmann::json& cluster);

// What a plugin has printed, which must be of the version that it was asked for. What it printed is
// secret: no message repeats it.
core::Result<ExecCredential> decode_exec_credential(std::string_view text,
                                                    const std::string& api_version);

}  // namespace kube
