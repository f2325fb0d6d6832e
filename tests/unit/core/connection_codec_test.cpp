#include "core/connection_codec.h"

#include <doctest/doctest.h>

namespace {

using core::ConnectionKind;
using core::Reason;
using nlohmann::json;

json object(json spec) {
  return {{"metadata",
           {{"namespace", "payments"},
            {"name", "prod"},
            {"uid", "u-1"},
            {"resourceVersion", "7"},
            {"generation", 3}}},
          {"spec", std::move(spec)}};
}

const json kFull = json::parse(R"({
  "bootstrapServers": ["kafka-1:9093", "kafka-0:9093"],
  "tls": {
    "ca": {"configMapKeyRef": {"name": "trust", "key": "ca.crt"}},
    "clientCertificate": {"secretName": "me", "certKey": "user.crt", "keyKey": "user.key"},
    "serverName": "kafka.example", "insecureSkipVerify": false
  },
  "sasl": {
    "mechanism": "OAUTHBEARER",
    "oauth": {
      "tokenEndpointUrl": "https://id.example/token", "clientId": "reset",
      "clientSecretFrom": {"secretKeyRef": {"name": "oauth", "key": "secret"}},
      "scope": "kafka", "extensions": {"logicalCluster": "lkc-1"},
      "ca": {"secretKeyRef": {"name": "id-ca", "key": "ca.crt"}}
    }
  },
  "properties": {"socket.timeout.ms": "10000"}
})");

// kFull, or the small one below it, with one value replaced.
json with(json spec, const char* pointer, json value) {
  spec[json::json_pointer(pointer)] = std::move(value);
  return spec;
}
const json kPassword = json::parse(R"({
  "bootstrapServers": ["kafka:9093"],
  "sasl": {"mechanism": "PLAIN", "username": "alice",
           "passwordFrom": {"secretKeyRef": {"name": "alice", "key": "password"}}}
})");
const json kAccess = json::parse(R"({
  "bootstrapServers": ["kafka:9092"],
  "access": [{"namespaces": ["payments"], "groups": ["team-a-*"], "topics": ["orders"]},
             {"namespaceSelector": {"matchLabels": {"team": "a"},
                "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]},
              "groups": ["*"], "topics": ["*"]}]
})");

TEST_CASE("a whole connection is decoded") {
  const auto decoded = core::decode_connection(ConnectionKind::KafkaConnection, object(kFull));
  REQUIRE(decoded);
  CHECK(decoded->id.to_string() == "KafkaConnection payments/prod");
  CHECK(decoded->uid == "u-1");
  CHECK(decoded->generation == 3);
  REQUIRE_MESSAGE(decoded->spec, decoded->spec.error().message);
  const core::ConnectionSpec& spec = *decoded->spec;
  CHECK(spec.bootstrap_servers == std::vector<std::string>{"kafka-0:9093", "kafka-1:9093"});
  CHECK(spec.tls->ca == core::TextRef{core::Holder::Kind::ConfigMap, "trust", "ca.crt"});
  CHECK(spec.tls->client_certificate ==
        core::ClientCertificateRef{"me", "user.crt", "user.key", std::nullopt});
  CHECK(spec.tls->server_name == "kafka.example");
  CHECK(spec.sasl->oauth->client_id == "reset");
  CHECK(spec.sasl->oauth->extensions.at("logicalCluster") == "lkc-1");
  CHECK(spec.properties.at("socket.timeout.ms") == "10000");
}

TEST_CASE("an empty tls is TLS with the public authorities") {
  const auto decoded =
      core::decode_connection(ConnectionKind::KafkaConnection,
                              object({{"bootstrapServers", {"a:1"}}, {"tls", json::object()}}));
  REQUIRE(decoded->spec);
  CHECK(decoded->spec->tls == core::TlsSpec{});
}

TEST_CASE("an access list is a cluster connection's") {
  const auto decoded =
      core::decode_connection(ConnectionKind::ClusterKafkaConnection, object(kAccess));
  REQUIRE(decoded);
  REQUIRE_MESSAGE(decoded->spec, decoded->spec.error().message);
  REQUIRE(decoded->spec->access.size() == 2);
  CHECK(decoded->spec->access[0].groups == std::vector<std::string>{"team-a-*"});
  CHECK(decoded->spec->access[1].namespace_selector->match_labels.at("team") == "a");
  CHECK(decoded->spec->access[1].namespace_selector->match_expressions[0].operation ==
        core::LabelSelector::Operator::NotIn);
}

TEST_CASE("what breaks a rule of the definition is refused with what to write") {
  struct Case {
    const char* words;
    json spec;
    const char* message;
  };
  const std::vector<Case> cases{
      {"no server", with(kPassword, "/bootstrapServers", json::array()),
       "must be a list of 1 to 64"},
      {"no port", with(kPassword, "/bootstrapServers/0", "kafka"), "is no host:port"},
      {"several in one", with(kPassword, "/bootstrapServers/0", "a:1,b:1"), "as several entries"},
      {"tls that is null", with(kPassword, "/tls", nullptr), "write tls: {}"},
      {"two sources of a CA", with(kFull, "/tls/ca/secretKeyRef", {{"name", "a"}, {"key", "b"}}),
       "write exactly one of secretKeyRef and configMapKeyRef"},
      {"a password beside OAUTHBEARER", with(kFull, "/sasl/username", "alice"),
       "OAUTHBEARER takes no user name"},
      {"oauth beside a password", with(kPassword, "/sasl/oauth", json::object()),
       "belongs to mechanism OAUTHBEARER"},
      {"no user", with(kPassword, "/sasl/username", nullptr),
       "write exactly one of username and usernameFrom"},
      {"no mechanism", with(kPassword, "/sasl/mechanism", nullptr),
       "spec.sasl.mechanism is required"},
      {"a mechanism that is none", with(kPassword, "/sasl/mechanism", "GSSAPI"),
       "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"},
      {"a password in the manifest", with(kPassword, "/sasl/password", "secret"),
       "spec.sasl.password is not known"},
      {"a property that names a file", with(kPassword, "/properties", {{"ssl.ca.location", "/x"}}),
       "\"ssl.ca.location\" can't be set"},
      {"a token endpoint that is none", with(kFull, "/sasl/oauth/tokenEndpointUrl", "file:///x"),
       "must begin with https://"},
      {"access of a namespaced one", with(kPassword, "/access", json::array()),
       "spec.access is not known"},
  };
  for (const Case& row : cases) {
    CAPTURE(row.words);
    const auto decoded = core::decode_connection(ConnectionKind::KafkaConnection, object(row.spec));
    REQUIRE(decoded);
    REQUIRE_FALSE(decoded->spec);
    CHECK(decoded->spec.error().reason == Reason::InvalidSpec);
    CHECK_MESSAGE(decoded->spec.error().message.find(row.message) != std::string::npos,
                  decoded->spec.error().message);
  }
}

TEST_CASE("wrong entries of an access list are refused") {
  struct Case {
    const char* words;
    json spec;
    const char* message;
  };
  const std::vector<Case> cases{
      {"no namespace", with(kAccess, "/access/0/namespaces", nullptr),
       "write namespaces or namespaceSelector"},
      {"a star inside", with(kAccess, "/access/0/groups/0", "a*b"), "a * stands at the end only"},
      {"no topics", with(kAccess, "/access/0/topics", json::array()), "must be a list of 1 to"},
  };
  for (const Case& row : cases) {
    CAPTURE(row.words);
    const auto decoded =
        core::decode_connection(ConnectionKind::ClusterKafkaConnection, object(row.spec));
    REQUIRE(decoded);
    REQUIRE_FALSE(decoded->spec);
    CHECK_MESSAGE(decoded->spec.error().message.find(row.message) != std::string::npos,
                  decoded->spec.error().message);
  }
}

TEST_CASE("a status comes back as it was written") {
  auto connection =
      core::decode_connection(ConnectionKind::KafkaConnection, object(kPassword)).value();
  connection.status.observed_generation = 3;
  connection.status.cluster_id = "id";
  connection.status.brokers = 3;
  connection.status.auth = "PLAIN";
  connection.status.conditions = {
      {"Ready", "True", 3, core::TimePoint(std::chrono::seconds(60)), "Connected", "reached"}};
  const json update = core::encode_connection_status_update(connection);
  CHECK(update.at("kind") == "KafkaConnection");
  CHECK(update.at("metadata").at("resourceVersion") == "7");
  json stored = object(kPassword);
  stored["status"] = update.at("status");
  CHECK(core::decode_connection(ConnectionKind::KafkaConnection, stored)->status ==
        connection.status);
}

TEST_CASE("an object without identity is an error") {
  CHECK_FALSE(core::decode_connection(ConnectionKind::KafkaConnection, json::object()));
}

}  // namespace
