#include "kube/exec_credential.h"

#include <doctest/doctest.h>

#include "core/rfc3339.h"
#include "support/certificates.h"

namespace {

using nlohmann::json;

constexpr const char* kVersion = "client.authentication.k8s.io/v1";

json printed(const json& status) {
  return {{"apiVersion", kVersion}, {"kind", "ExecCredential"}, {"status", status}};
}

core::Result<kube::ExecCredential> decode(const json& document) {
  return kube::decode_exec_credential(document.dump(), kVersion);
}

TEST_CASE("a token comes with or without its end") {
  const auto forever = decode(printed({{"token", "abc"}}));
  REQUIRE(forever);
  CHECK(forever->token == "abc");
  CHECK_FALSE(forever->expires);
  const auto timed =
      decode(printed({{"token", "abc"}, {"expirationTimestamp", "2026-11-22T08:00:00Z"}}));
  REQUIRE(timed);
  CHECK(timed->expires == core::parse_rfc3339("2026-11-22T08:00:00Z"));
}

TEST_CASE("a client certificate comes with its key") {
  const tests::Certified client = tests::Authority().client("me");
  const auto credential = decode(
      printed({{"clientCertificateData", client.certificate}, {"clientKeyData", client.key}}));
  REQUIRE(credential);
  CHECK(credential->key_pair == kube::KeyPair{client.certificate, client.key});
  CHECK(credential->token.empty());
}

TEST_CASE("what is no credential is told, and nothing of it is repeated") {
  struct Row {
    std::string text;
    const char* expected;
  };
  const tests::Certified client = tests::Authority().client("me");
  const auto of_version = [](const char* version) {
    return json{{"apiVersion", version}, {"kind", "ExecCredential"}}.dump();
  };
  const Row rows[] = {
      {"", "what it printed is no ExecCredential in JSON"},
      {"s3cret", "what it printed is no ExecCredential in JSON"},
      {R"(["s3cret"])", "what it printed is no ExecCredential in JSON"},
      {R"({"kind":"Status","message":"s3cret"})", "what it printed is no ExecCredential in JSON"},
      {of_version("client.authentication.k8s.io/v1beta1"),
       "it gave an ExecCredential of client.authentication.k8s.io/v1beta1, the kubeconfig asks for "
       "client.authentication.k8s.io/v1"},
      {of_version(kVersion), "its ExecCredential has no status"},
      {printed(json::array({"s3cret"})).dump(), "its ExecCredential has no status"},
      {printed(json::object()).dump(),
       "it gave neither a token nor a client certificate with its key"},
      {printed({{"token", 7}}).dump(),
       "it gave neither a token nor a client certificate with its key"},
      {printed({{"token", "s3cret\r\nX-Header: 1"}}).dump(), "its token is of several lines"},
      {printed({{"token", "s3cret"}, {"clientKeyData", client.key}}).dump(),
       "its clientCertificateData and clientKeyData are not of one another, or no PEM"},
      {printed({{"token", "s3cret"}, {"expirationTimestamp", "tomorrow"}}).dump(),
       "its expirationTimestamp is no RFC 3339 date-time"},
      {printed({{"token", "s3cret"}, {"expirationTimestamp", 7}}).dump(),
       "its expirationTimestamp is no RFC 3339 date-time"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto credential = kube::decode_exec_credential(row.text, kVersion);
    REQUIRE_FALSE(credential);
    CHECK(credential.error().reason == core::Reason::KubernetesUnavailable);
    CHECK(credential.error().message == row.expected);
  }
}

TEST_CASE("a plugin is told that nobody is there, and of the cluster if it wants to know") {
  CHECK(json::parse(kube::exec_info(kVersion, json())) == json{{"kind", "ExecCredential"},
                                                               {"apiVersion", kVersion},
                                                               {"spec", {{"interactive", false}}}});
  const json cluster{{"server", "https://host:6443"}};
  CHECK(json::parse(kube::exec_info(kVersion, cluster))["spec"]["cluster"] == cluster);
}

}  // namespace
