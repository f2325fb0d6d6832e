#include "core/credentials.h"

#include <doctest/doctest.h>

#include "core/connection_codec.h"

namespace {

using core::Credentials;
using core::Holder;
using core::KafkaConnection;
using core::Reason;
using nlohmann::json;

KafkaConnection connection(json spec) {
  return core::decode_connection(core::ConnectionKind::KafkaConnection,
                                 {{"metadata",
                                   {{"namespace", "payments"},
                                    {"name", "prod"},
                                    {"uid", "u"},
                                    {"resourceVersion", "1"}}},
                                  {"spec", std::move(spec)}})
      .value();
}

Holder secret(std::string name) { return {Holder::Kind::Secret, {"payments", std::move(name)}}; }

// A user as Strimzi makes it, and the cluster's CA.
const KafkaConnection kScram = connection(json::parse(R"({
  "bootstrapServers": ["b:9093", "a:9093"],
  "tls": {"ca": {"secretKeyRef": {"name": "cluster-ca", "key": "ca.crt"}}},
  "sasl": {"mechanism": "SCRAM-SHA-512", "username": "alice",
           "passwordFrom": {"secretKeyRef": {"name": "alice", "key": "password"}}}
})"));

TEST_CASE("a connection is made of its spec and the texts that it refers to") {
  CHECK(core::holders_of(*kScram.spec, "payments") ==
        std::vector{secret("alice"), secret("cluster-ca")});
  const auto reach = core::connect(kScram, "payments",
                                   {{secret("alice"), {{"password", "secret\n"}}},
                                    {secret("cluster-ca"), {{"ca.crt", "PEM\n"}}}});
  REQUIRE(reach);
  CHECK(reach->name == "KafkaConnection payments/prod");
  CHECK(reach->bootstrap_servers == "a:9093,b:9093");
  CHECK(reach->tls->ca == "PEM\n");
  CHECK(reach->sasl->username == "alice");
  CHECK(reach->sasl->password == "secret");  // without the line end of an editor
}

TEST_CASE("a text that is missing is named, with what is there instead") {
  struct Case {
    const char* words;
    Credentials credentials;
    const char* message;
  };
  const core::Texts ca{{"ca.crt", "PEM"}};
  const std::vector<Case> cases{
      {"another key",
       {{secret("alice"), {{"user.password", "x"}}}, {secret("cluster-ca"), ca}},
       "KafkaConnection payments/prod: Secret payments/alice has no key password, only "
       "user.password: add it"},
      {"no key at all",
       {{secret("alice"), {}}, {secret("cluster-ca"), ca}},
       "KafkaConnection payments/prod: Secret payments/alice has no key password, no data at all: "
       "add it"},
      {"an empty one",
       {{secret("alice"), {{"password", ""}}}, {secret("cluster-ca"), ca}},
       "KafkaConnection payments/prod: key password of Secret payments/alice is empty: write what "
       "belongs there"},
  };
  for (const Case& row : cases) {
    CAPTURE(row.words);
    const auto reach = core::connect(kScram, "payments", row.credentials);
    REQUIRE_FALSE(reach);
    CHECK(reach.error().reason == Reason::SecretNotFound);
    CHECK(reach.error().message == row.message);
  }
}

TEST_CASE("a client certificate is in one Secret, by default as cert-manager has it") {
  const auto mutual = connection(json::parse(R"({
    "bootstrapServers": ["a:9093"],
    "tls": {"clientCertificate": {"secretName": "me", "keyPasswordKey": "pass"}}
  })"));
  const auto reach = core::connect(
      mutual, "payments",
      {{secret("me"), {{"tls.crt", "chain"}, {"tls.key", "key"}, {"pass", "word\n"}}}});
  REQUIRE(reach);
  CHECK(reach->tls->client_certificate == core::ClientCertificate{"chain", "key", "word"});
  CHECK(core::auth_of(*mutual.spec) == "client certificate over TLS");
}

TEST_CASE("a ConfigMap can hold a CA, and its lack is told as such") {
  const auto plain = connection(json::parse(R"({
    "bootstrapServers": ["a:9093"],
    "tls": {"ca": {"configMapKeyRef": {"name": "trust", "key": "ca.crt"}}}
  })"));
  const Holder trust{Holder::Kind::ConfigMap, {"payments", "trust"}};
  CHECK(core::holders_of(*plain.spec, "payments") == std::vector{trust});
  const auto reach = core::connect(plain, "payments", {{trust, {}}});
  REQUIRE_FALSE(reach);
  CHECK(reach.error().reason == Reason::ConfigMapNotFound);
}

TEST_CASE("how a connection authenticates, in a word") {
  CHECK(core::auth_of(*kScram.spec) == "SCRAM-SHA-512 over TLS");
  CHECK(core::auth_of(*connection({{"bootstrapServers", {"a:9092"}}}).spec) == "none");
}

}  // namespace
