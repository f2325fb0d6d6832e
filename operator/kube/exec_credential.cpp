#include "kube/exec_credential.h"

#include <fmt/format.h>

#include "core/rfc3339.h"

namespace kube {
namespace {

using nlohmann::json;

constexpr const char* kKind = "ExecCredential";

tl::unexpected<core::Error> refuse(std::string message) {
  return core::fail(core::Reason::KubernetesUnavailable, std::move(message));
}

// The field's text; empty if there is none, or if it is none.
std::string text_in(const json& object, const char* field) {
  const auto it = object.find(field);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

core::Result<ExecCredential> decode_status(const json& status) {
  ExecCredential credential{
      .token = text_in(status, "token"),
      .key_pair = {text_in(status, "clientCertificateData"), text_in(status, "clientKeyData")},
      .expires = {}};
  if (credential.token.empty() && credential.key_pair == KeyPair{}) {
    return refuse("it gave neither a token nor a client certificate with its key");
  }
  if (credential.key_pair != KeyPair{} && !is_of_one_another(credential.key_pair)) {
    return refuse("its clientCertificateData and clientKeyData are not of one another, or no PEM");
  }
  if (credential.token.find_first_of("\r\n") != std::string::npos) {
    return refuse("its token is of several lines");
  }
  if (const auto it = status.find("expirationTimestamp"); it != status.end() && !it->is_null()) {
    credential.expires = core::parse_rfc3339(text_in(status, "expirationTimestamp"));
    if (!credential.expires) return refuse("its expirationTimestamp is no RFC 3339 date-time");
  }
  return credential;
}

}  // namespace

std::string exec_info(const std::string& api_version, const json& cluster) {
  json info{{"kind", kKind}, {"apiVersion", api_version}, {"spec", {{"interactive", false}}}};
  if (!cluster.is_null()) info["spec"]["cluster"] = cluster;
  return info.dump(-1, ' ', false, json::error_handler_t::replace);
}

core::Result<ExecCredential> decode_exec_credential(std::string_view text,
                                                    const std::string& api_version) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object() || text_in(document, "kind") != kKind) {
    return refuse("what it printed is no ExecCredential in JSON");
  }
  if (const auto given = text_in(document, "apiVersion"); given != api_version) {
    return refuse(fmt::format("it gave an ExecCredential of {}, the kubeconfig asks for {}", given,
                              api_version));
  }
  const auto status = document.find("status");
  if (status == document.end() || !status->is_object()) {
    return refuse("its ExecCredential has no status");
  }
  return decode_status(*status);
}

}  // namespace kube
