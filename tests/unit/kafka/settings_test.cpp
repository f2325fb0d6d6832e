#include "kafka/settings.h"

#include <doctest/doctest.h>

#include <map>

namespace {

using core::Connection;
using core::Reason;
using Last = std::map<std::string, std::string>;

Connection plaintext() {
  Connection connection;
  connection.name = "KafkaConnection payments/prod";
  connection.bootstrap_servers = "kafka-1:9092, kafka-0:9092";
  return connection;
}

Connection with_tls() {
  auto connection = plaintext();
  connection.tls.emplace();
  return connection;
}

Connection with_sasl(Connection connection) {
  connection.sasl = core::Sasl{core::SaslMechanism::ScramSha512, "alice", "planted-secret", {}};
  return connection;
}

Last settings_of(const Connection& connection) {
  const auto settings = kafka::settings_of(connection);
  REQUIRE_MESSAGE(settings, settings.error().message);
  Last last;
  for (const auto& [name, value] : *settings) last[name] = value;
  return last;
}

TEST_CASE("TLS and SASL choose the protocol") {
  CHECK(settings_of(plaintext()).at("security.protocol") == "PLAINTEXT");
  CHECK(settings_of(with_tls()).at("security.protocol") == "SSL");
  CHECK(settings_of(with_sasl(plaintext())).at("security.protocol") == "SASL_PLAINTEXT");
  CHECK(settings_of(with_sasl(with_tls())).at("security.protocol") == "SASL_SSL");
  CHECK(settings_of(plaintext()).at("bootstrap.servers") == "kafka-0:9092,kafka-1:9092");
}

TEST_CASE("A broker's certificate is verified, and its name, unless somebody said otherwise") {
  auto connection = with_tls();
  auto settings = settings_of(connection);
  CHECK(settings.at("enable.ssl.certificate.verification") == "true");
  CHECK(settings.at("ssl.endpoint.identification.algorithm") == "https");
  CHECK(settings.at("ssl.ca.location") == "probe");

  connection.tls->ca = "PEM";
  connection.tls->server_name = "kafka.example.com";
  settings = settings_of(connection);
  CHECK(settings.at("enable.ssl.certificate.verification") == "true");
  CHECK(settings.at("ssl.endpoint.identification.algorithm") == "none");
  CHECK(settings.at("ssl.ca.pem") == "PEM");
  CHECK_FALSE(settings.contains("ssl.ca.location"));

  connection.tls->insecure_skip_verify = true;
  CHECK(settings_of(connection).at("enable.ssl.certificate.verification") == "false");
}

TEST_CASE("Credentials are handed over as texts, never as files") {
  auto connection = with_sasl(with_tls());
  connection.tls->client_certificate = {"chain", "key", "password"};
  const auto settings = settings_of(connection);
  CHECK(settings.at("ssl.certificate.pem") == "chain");
  CHECK(settings.at("ssl.key.pem") == "key");
  CHECK(settings.at("ssl.key.password") == "password");
  CHECK(settings.at("sasl.mechanism") == "SCRAM-SHA-512");
  CHECK(settings.at("sasl.username") == "alice");
  CHECK(settings.at("sasl.password") == "planted-secret");
}

TEST_CASE("Properties go over our own settings, and none but the allowed") {
  auto connection = plaintext();
  connection.properties = {{"reconnect.backoff.ms", "50"}};
  CHECK(settings_of(connection).at("reconnect.backoff.ms") == "50");
  for (const auto* name : {"ssl.ca.location", "sasl.password", "plugin.library.paths", "debug"}) {
    connection.properties = {{name, "x"}};
    const auto error = kafka::settings_of(connection).error();
    CHECK(error.reason == Reason::InvalidSpec);
    CHECK(error.message.starts_with("KafkaConnection payments/prod: properties: " +
                                    std::string(name) + " may not be set; those that may: "));
  }
}

TEST_CASE("A property that the library refuses is named, with its reason") {
  auto connection = with_sasl(with_tls());
  connection.properties = {{"broker.address.family", "v5"}};
  const auto conf = kafka::configuration_of(connection);
  REQUIRE_FALSE(conf);
  CHECK(conf.error() == core::Error{Reason::InvalidSpec,
                                    "KafkaConnection payments/prod: properties: "
                                    "broker.address.family: Invalid value \"v5\" for configuration "
                                    "property \"broker.address.family\""});
}

TEST_CASE("SASL without a user, a password or its part of OAuth is told before anybody is asked") {
  auto connection = with_sasl(plaintext());
  connection.sasl->password.clear();
  CHECK(kafka::settings_of(connection).error().reason == Reason::NotAuthenticated);
  connection = with_sasl(plaintext());
  connection.sasl->username.clear();
  CHECK(kafka::settings_of(connection).error().reason == Reason::NotAuthenticated);
  connection = with_sasl(plaintext());
  connection.sasl->mechanism = core::SaslMechanism::OAuthBearer;
  CHECK(kafka::settings_of(connection).error().reason == Reason::InvalidSpec);
  connection.sasl->oauth.emplace();
  CHECK_FALSE(settings_of(connection).contains("sasl.password"));
}

}  // namespace
