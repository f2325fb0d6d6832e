#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "kafka/admin.h"
#include "support/eventually.h"
#include "support/kafka/real_kafka.h"
#include "support/kafka/secure_rig.h"
#include "support/kafka/token_server.h"
#include "support/log_capture.h"

namespace {

using namespace tests;
using core::Connection;
using core::Reason;
using Mechanism = core::SaslMechanism;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kLongest{5};

// What comes of a connection: nothing wrong, or a reason and what is wrong. ADDRESS stands for the
// listener's.
struct Row {
  std::string name;
  Connection connection;
  std::optional<Reason> reason = {};
  std::string cause = {};
};

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const auto found = text.find(part);
  return found == std::string::npos ? text : text.replace(found, part.size(), by);
}

// Of a broker that can't be connected to.
Row refused(std::string name, Connection connection, const std::string& cause,
            Reason reason = Reason::NotAuthenticated) {
  const auto told = "describe the cluster: " + connection.name + ": connect to " +
                    connection.bootstrap_servers + ": " + cause;
  return {std::move(name), std::move(connection), reason, told};
}

// Of what is seen before a broker is connected to.
Row unusable(std::string name, Connection connection, const std::string& cause,
             Reason reason = Reason::NotAuthenticated) {
  const auto told = connection.name + ": " + cause;
  return {std::move(name), std::move(connection), reason, told};
}

struct Fixture {
  base::Metrics metrics;
  kafka::Admin admin{metrics};
  RealKafka real;

  void check(const std::vector<Row>& rows) {
    const auto cluster_id = real.cluster_id();
    for (const auto& row : rows) {
      CAPTURE(row.name);
      const auto start = steady_clock::now();
      const auto cluster = admin.describe_cluster(row.connection);
      CHECK(steady_clock::now() - start < kLongest);
      if (!row.reason) {
        REQUIRE_MESSAGE(cluster, cluster.error().message);
        CHECK(*cluster == core::ClusterDescription{cluster_id, 1});
        continue;
      }
      REQUIRE_FALSE(cluster);
      CHECK(cluster.error().message == row.cause);
      CHECK(cluster.error().reason == *row.reason);
    }
  }
};

Connection with_server_name(Connection connection, const std::string& name) {
  connection.tls->server_name = name;
  return connection;
}

Connection without_verification(Connection connection) {
  connection.tls->insecure_skip_verify = true;
  return connection;
}

Connection with_property(Connection connection, const std::string& name, const std::string& value) {
  connection.properties = {{name, value}};
  return connection;
}

const auto kSasl = [] { return reach_listener("SASL"); };
const auto kSaslTls = [] { return with_tls(reach_listener("SASL_TLS")); };
const auto kTls = [] { return with_tls(reach_listener("TLS")); };
const auto kMtls = [] { return with_tls(reach_listener("MTLS")); };

TEST_CASE_FIXTURE(Fixture, "A user gets in with the right password, and is told of a wrong one") {
  std::vector<Row> rows;
  for (const auto& [listener, base] :
       {std::pair<std::string, Connection>{"SASL", kSasl()}, {"SASL over TLS", kSaslTls()}}) {
    for (const auto& [name, mechanism] :
         {std::pair<std::string, Mechanism>{"PLAIN", Mechanism::Plain},
          {"SCRAM-SHA-256", Mechanism::ScramSha256},
          {"SCRAM-SHA-512", Mechanism::ScramSha512}}) {
      const auto title = fmt::format("{}, {}, ", listener, name);
      std::string said = "Authentication failed: Invalid username or password";
      if (mechanism != Mechanism::Plain) {
        said =
            "Authentication failed during authentication due to invalid credentials with SASL "
            "mechanism ";
        said += name;
      }
      rows.push_back({title + "right", with_user(base, mechanism, "alice", "alice-secret")});
      rows.push_back(refused(
          title + "wrong password", with_user(base, mechanism, "alice", "planted-wrong-secret"),
          "Kafka refuses user alice: " + said + "; correct the user name or the password"));
      rows.push_back(
          refused(title + "unknown user", with_user(base, mechanism, "zoe", "planted-wrong-secret"),
                  "Kafka refuses user zoe: " + said + "; correct the user name or the password"));
    }
  }
  check(rows);
}

TEST_CASE_FIXTURE(Fixture, "What is wrong with SASL itself is told") {
  const auto user = [](Connection connection) {
    return with_user(std::move(connection), Mechanism::ScramSha512, "alice", "alice-secret");
  };
  check({
      refused("a mechanism that is not enabled", user(reach_listener("SIGNED")),
              "this listener does not offer SCRAM-SHA-512, but OAUTHBEARER; set sasl.mechanism to "
              "one of its own"),
      refused("a listener without SASL", user(reach_listener("")),
              "this listener has no SASL; connect to one that has, or remove sasl"),
      refused("a TLS listener without SASL", user(kTls()),
              "this listener has no SASL; connect to one that has, or remove sasl"),
      refused("a listener with SASL, asked without", kSasl(),
              "the broker closed the connection; it is stopping, or wants SASL; then set sasl in a "
              "KafkaConnection",
              Reason::KafkaUnavailable),
      refused("a listener with SASL over TLS, asked without SASL", kSaslTls(),
              "the broker closed the connection; it is stopping, or wants SASL; then set sasl in a "
              "KafkaConnection",
              Reason::KafkaUnavailable),
      unusable("an empty password", with_user(kSasl(), Mechanism::Plain, "alice", ""),
               "the password of user alice is empty; put it into the Secret of sasl.passwordFrom"),
      unusable("an empty user", with_user(kSasl(), Mechanism::Plain, "", "planted-wrong-secret"),
               "the user name of SASL is empty; set sasl.username, or put it into the Secret of "
               "sasl.usernameFrom"),
  });
}

TEST_CASE_FIXTURE(Fixture, "What is wrong with a broker's certificate is told") {
  const std::string unknown =
      "the broker's certificate is from the authority ca, which is not trusted; put that "
      "authority's certificate into tls.ca";
  auto by_public_authorities = kTls();
  by_public_authorities.tls->ca.clear();
  auto by_name = kTls();
  by_name.bootstrap_servers = replaced(by_name.bootstrap_servers, "127.0.0.1", "localhost");
  auto by_other_name = kTls();
  by_other_name.bootstrap_servers =
      replaced(by_other_name.bootstrap_servers, "127.0.0.1", "127.1");  // The same address.
  check({
      {"right", kTls()},
      {"right, by name", by_name},
      {"a server name that it is for", with_server_name(kTls(), "localhost")},
      {"a server name that is an address", with_server_name(kTls(), "127.0.0.1")},
      {"a host that it is not for, but a server name that it is for",
       with_server_name(by_other_name, "localhost")},
      refused("a server name that it is not for", with_server_name(kTls(), "kafka.example.com"),
              "the broker's certificate is for localhost, 127.0.0.1, not for kafka.example.com; "
              "correct tls.serverName"),
      refused(
          "a host that it is not for", by_other_name,
          "the broker's certificate is for localhost, 127.0.0.1, not for the host connected to; "
          "connect to one of these names, or set tls.serverName to one"),
      refused("expired", with_tls(reach_listener("EXPIRED")),
              "the broker's certificate expired on 2020-01-01; whoever runs the brokers must renew "
              "it"),
      refused("another authority", with_tls(reach_listener("TLS"), "other-ca.pem"), unknown),
      refused("the public authorities", by_public_authorities, unknown),
      refused("another authority, and a server name",
              with_server_name(with_tls(reach_listener("TLS"), "other-ca.pem"), "localhost"),
              unknown),
      {"not verified", without_verification(with_tls(reach_listener("EXPIRED"), "other-ca.pem"))},
      refused("a listener without TLS", with_tls(reach_listener("")),
              "TLS handshake failed; is this a plaintext listener? Then remove tls",
              Reason::KafkaUnavailable),
      refused("a listener with TLS, asked without", reach_listener("TLS"),
              "the broker closed the connection; is this a listener for TLS? Then set tls in a "
              "KafkaConnection",
              Reason::KafkaUnavailable),
      unusable("no authority in PEM", with_tls(reach_listener("TLS"), "token-keys.json"),
               "tls.ca is not made of certificates in PEM (-----BEGIN CERTIFICATE-----); put the "
               "authority's certificate there"),
  });
}

TEST_CASE_FIXTURE(Fixture, "What is wrong with a client certificate is told") {
  const std::string unwanted =
      "the broker refuses the client certificate; tls.clientCertificate must be from an authority "
      "that the brokers trust, and valid";
  check({
      {"right", with_client(kMtls(), "client.pem", "client.key")},
      {"with an encrypted key",
       with_client(kMtls(), "client.pem", "client-encrypted.key", "key-secret")},
      {"where none is asked for", with_client(kTls(), "client.pem", "client.key")},
      refused("none", kMtls(), "the broker wants a client certificate; set tls.clientCertificate"),
      refused("of another authority", with_client(kMtls(), "stranger.pem", "stranger.key"),
              unwanted),
      unusable("an encrypted key without a password",
               with_client(kMtls(), "client.pem", "client-encrypted.key"),
               "the client certificate's private key is encrypted, and there is no password for "
               "it; name its key in the Secret with tls.clientCertificate.keyPasswordKey"),
      unusable("a wrong password of the key",
               with_client(kMtls(), "client.pem", "client-encrypted.key", "planted-wrong-secret"),
               "the password of the client certificate's private key is wrong, or the key is "
               "broken; correct them in their Secret"),
      unusable("the key of another", with_client(kMtls(), "client.pem", "stranger.key"),
               "the private key is not the client certificate's; put both of one issue into the "
               "Secret, the client's certificate before those that vouch for it"),
      unusable("expired", with_client(kMtls(), "expired.pem", "expired.key"),
               "the client certificate expired on 2020-01-01; put a new one into its Secret"),
  });
}

TEST_CASE_FIXTURE(Fixture,
                  "A client of OAuth gets in by a signed token, and is told of a bad one") {
  const TokenServer server;
  const TokenServer secure(TokenServer::Scheme::Https);
  const auto signed_listener = reach_listener("SIGNED");
  const auto client = [&](const std::string& id, const std::string& secret = "oauth-secret") {
    return with_oauth(signed_listener, server.url(), id, secret);
  };
  auto with_scope = client("resetter");
  with_scope.sasl->oauth->scope = "reset";
  auto with_other_scope = client("resetter");
  with_other_scope.sasl->oauth->scope = "all of it";
  auto with_extension = client("resetter");
  with_extension.sasl->oauth->extensions = {{"logicalCluster", "prod"}};
  auto with_reserved = client("resetter");
  with_reserved.sasl->oauth->extensions = {{"auth", "prod"}};
  const auto over_tls = [&](const std::string& ca) {
    auto connection = with_oauth(with_tls(reach_listener("SIGNED_TLS")), secure.url(), "resetter",
                                 "oauth-secret");
    if (!ca.empty()) connection.sasl->oauth->ca = rig_file(ca);
    return connection;
  };
  const std::string refuses =
      "; issuer, audience, scope and signature must be as the brokers expect";
  const auto endpoint = "the token endpoint " + server.url();
  const auto secure_endpoint = "the token endpoint " + secure.url();
  check({
      {"right", client("resetter")},
      {"right, over TLS", over_tls("ca.pem")},
      {"with a scope", with_scope},
      {"with an extension", with_extension},
      refused(
          "a token for others", client("elsewhere"),
          "Kafka refuses the token of client elsewhere: {\"status\":\"invalid_token\"}" + refuses),
      refused("a forged token", client("forger"),
              "Kafka refuses the token of client forger: {\"status\":\"invalid_token\"}" + refuses),
      unusable("a wrong secret", client("resetter", "planted-wrong-secret"),
               endpoint + " refuses client resetter (invalid_client, HTTP status 401); correct the "
                          "client's id, secret or scope"),
      unusable("a wrong scope", with_other_scope,
               endpoint + " refuses client resetter (invalid_scope, HTTP status 400); correct the "
                          "client's id, secret or scope"),
      unusable("an endpoint that says too much", client("chatty"),
               endpoint + " refuses client chatty (HTTP status 401); correct the client's id, "
                          "secret or scope"),
      unusable("an endpoint that is broken", client("broken"), endpoint + ": HTTP status 503",
               Reason::KafkaUnavailable),
      unusable("another path", with_oauth(signed_listener, server.url() + "s", "resetter", "none"),
               endpoint + "s refuses client resetter (HTTP status 404); correct the client's id, "
                          "secret or scope"),
      unusable("nobody there",
               with_oauth(signed_listener, "http://127.0.0.1:1/token", "resetter", "none"),
               "the token endpoint http://127.0.0.1:1/token: Connection refused",
               Reason::KafkaUnavailable),
      unusable("no authority of the endpoint's", over_tls("other-ca.pem"),
               secure_endpoint + ": its certificate can't be verified: unable to get local issuer "
                                 "certificate; set sasl.oauth.ca to the authority that it is from"),
      unusable("the public authorities", over_tls(""),
               secure_endpoint + ": its certificate can't be verified: unable to get local issuer "
                                 "certificate; set sasl.oauth.ca to the authority that it is from"),
      unusable("an extension that may not be", with_reserved,
               "sasl.oauth.extensions: Cannot explicitly set the reserved `auth` "
               "SASL/OAUTHBEARER extension key",
               Reason::InvalidSpec),
  });
}

TEST_CASE_FIXTURE(Fixture, "A token is asked for once a client, and anew before it ends") {
  const TokenServer server;
  const auto lasting =
      with_oauth(reach_listener("SIGNED"), server.url(), "resetter", "oauth-secret");
  REQUIRE(admin.describe_cluster(lasting));
  REQUIRE(admin.describe_cluster(lasting));
  CHECK(server.requests() == 1);

  const auto brief = with_oauth(reach_listener("SIGNED"), server.url(), "brief", "oauth-secret");
  const auto end = steady_clock::now() + std::chrono::seconds(20);
  while (server.requests() < 3) {
    REQUIRE(steady_clock::now() < end);
    const auto cluster = admin.describe_cluster(brief);
    REQUIRE_MESSAGE(cluster, cluster.error().message);
  }
}

// The steps of a reset that commits and deletes, until Kafka refuses one.
core::Result<void> reset(kafka::Admin& admin, const Connection& connection,
                         const std::string& group, const std::string& topic) {
  core::ReadRequest read;
  read.connection = connection;
  read.group = group;
  read.topics = {{topic, {}, {}}};
  read.even_if_active = true;  // So that rights are not looked at before.
  if (auto seen = admin.read(read); !seen) return tl::unexpected(seen.error());
  if (auto done = admin.commit({connection, group, "stamp", {{topic, 0, 0}}, {}}); !done) {
    return done;
  }
  read.even_if_active = false;
  read.deletes = true;
  if (auto seen = admin.read(read); !seen) return tl::unexpected(seen.error());
  return admin.commit({connection, group, "stamp", {}, {{topic, 0}}});
}

TEST_CASE_FIXTURE(Fixture, "Each right that is missing is named, with the command that grants it") {
  const auto group = unique("group");
  const auto topic = real.make_topic(1);
  const auto connection = with_user(kSasl(), Mechanism::ScramSha256, "bob", "bob-secret");
  struct Step {
    std::string doing;
    std::string right;
    std::string option;
    Grant grant;
  };
  const auto of_group = [&](rd_kafka_AclOperation_t operation) {
    return Grant{"User:bob", operation, RD_KAFKA_RESOURCE_GROUP, group};
  };
  const auto of_topic = [&](rd_kafka_AclOperation_t operation) {
    return Grant{"User:bob", operation, RD_KAFKA_RESOURCE_TOPIC, topic};
  };
  for (const auto& step : {
           Step{"describe group " + group, "DESCRIBE", "Describe --group " + group,
                of_group(RD_KAFKA_ACL_OPERATION_DESCRIBE)},
           Step{"read the partitions of topic " + topic, "DESCRIBE", "Describe --topic " + topic,
                of_topic(RD_KAFKA_ACL_OPERATION_DESCRIBE)},
           Step{"commit offsets of group " + group, "READ", "Read --group " + group,
                of_group(RD_KAFKA_ACL_OPERATION_READ)},
           Step{"commit offsets of group " + group, "READ", "Read --topic " + topic,
                of_topic(RD_KAFKA_ACL_OPERATION_READ)},
           Step{"delete committed offsets of group " + group, "DELETE", "Delete --group " + group,
                of_group(RD_KAFKA_ACL_OPERATION_DELETE)},
       }) {
    CAPTURE(step.option);
    const auto is_of_group = step.option.find("--group") != std::string::npos;
    const auto expected =
        step.doing + ": Kafka refuses it; the right that is missing: " + step.right + " on " +
        (is_of_group ? "group " + group : "topic " + topic) +
        "; this grants it: kafka-acls.sh --bootstrap-server " + connection.bootstrap_servers +
        " --add --allow-principal User:bob --operation " + step.option;
    // What was granted before reaches the broker a moment later.
    eventually([&] {
      const auto done = reset(admin, connection, group, topic);
      return !done && done.error() == core::Error{Reason::NotAuthorized, expected};
    });
    real.grant(step.grant);
  }
  eventually([&] { return reset(admin, connection, group, topic).has_value(); });
}

// Ways in of which each has a secret in it and none works, but the last, whose token is good.
std::vector<Connection> connections_with_secrets(const TokenServer& server) {
  const auto client = [&](const std::string& id, const std::string& secret) {
    return with_oauth(reach_listener("SIGNED"), server.url(), id, secret);
  };
  return {
      with_user(kSasl(), Mechanism::Plain, "alice", "planted-password"),
      with_user(kSaslTls(), Mechanism::ScramSha512, "alice", "planted-password"),
      with_user(kTls(), Mechanism::ScramSha512, "alice", "planted-password"),
      with_client(kMtls(), "stranger.pem", "stranger.key"),
      with_client(kMtls(), "client.pem", "client-encrypted.key", "planted-key-password"),
      with_client(with_tls(reach_listener("EXPIRED")), "client.pem", "client.key"),
      client("resetter", "planted-client-secret"),
      client("chatty", "oauth-secret"),
      client("forger", "oauth-secret"),
      client("resetter", "oauth-secret"),
  };
}

TEST_CASE_FIXTURE(Fixture, "No secret is ever logged or told") {
  const TokenServer server;
  const auto connections = connections_with_secrets(server);
  base::set_log_level(base::Level::Debug);
  std::string told;
  {
    const LogCapture log;
    for (const auto& connection : connections) {
      const auto cluster = admin.describe_cluster(connection);
      told += cluster ? "" : cluster.error().message + "\n";
    }
    told += log.text();
  }
  base::set_log_level(base::Level::Info);
  CHECK(told.find("Kafka refuses user alice") != std::string::npos);
  CHECK(told.find("\"msg\":\"librdkafka\"") != std::string::npos);
  // Passwords, the beginnings of tokens and of a PEM, and what a token endpoint said.
  for (const auto* secret : {"planted", "oauth-secret", "told-secret", "eyJ", "-----BEGIN"}) {
    CAPTURE(secret);
    CHECK(told.find(secret) == std::string::npos);
  }
  for (const auto* file : {"stranger.key", "client.key", "client-encrypted.key", "token.key"}) {
    const auto key = rig_file(file);
    CHECK(told.find(key.substr(key.find('\n') + 1, 32)) == std::string::npos);
  }
}

std::size_t entries_of(const char* folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST_CASE_FIXTURE(Fixture, "Many connections hold no more threads and sockets than a few") {
  constexpr std::size_t kThreadsOfAClient = 6;
  constexpr std::size_t kMostClients = 16 + 2;  // Idle ones, and two that are being discarded.
  const auto threads_before = entries_of("/proc/self/task");
  const auto files_before = entries_of("/proc/self/fd");
  for (int i = 0; i < 50; ++i) {
    auto connection = with_user(kSasl(), Mechanism::ScramSha256, "alice", "alice-secret");
    connection.name += std::to_string(i);
    for (int round = 0; round < 20; ++round) REQUIRE(admin.describe_cluster(connection));
  }
  eventually([&] {
    return entries_of("/proc/self/task") <= threads_before + kMostClients * kThreadsOfAClient;
  });
  // Of a thread: a socket, and a pipe that wakes it.
  CHECK(entries_of("/proc/self/fd") <= files_before + kMostClients * kThreadsOfAClient * 3);
}

TEST_CASE_FIXTURE(Fixture, "Properties are the library's, and a bad one is told with its reason") {
  const auto property = [](const std::string& name, const std::string& value) {
    return with_property(kTls(), name, value);
  };
  check({
      {"a good one", property("socket.timeout.ms", "10000")},
      unusable("out of range", property("socket.timeout.ms", "-4"),
               "properties: socket.timeout.ms: Configuration property \"socket.timeout.ms\" value "
               "-4 is outside allowed range 10..300000",
               Reason::InvalidSpec),
      unusable("no such cipher", property("ssl.cipher.suites", "none"),
               "properties: ssl.cipher.suites failed: no cipher match", Reason::InvalidSpec),
      unusable("at odds with another", property("reconnect.backoff.ms", "20000"),
               "properties: `reconnect.backoff.max.ms` must be >= `reconnect.backoff.ms`",
               Reason::InvalidSpec),
  });
  core::ReadRequest read;
  read.connection = property("socket.timeout.ms", "-4");
  read.group = "orders";
  CHECK(admin.read(read).error().reason == Reason::ConnectionNotFound);
  CHECK(admin.describe_cluster(property("ssl.ca.location", "/etc/passwd")).error().reason ==
        Reason::InvalidSpec);
}

}  // namespace
