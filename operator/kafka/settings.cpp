#include "kafka/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/bootstrap_servers.h"
#include "core/connection_properties.h"
#include "kafka/words.h"

namespace kafka {
namespace {

using core::Connection;
using core::Reason;
using core::Result;
using Setting = std::pair<const char*, const char*>;

constexpr std::array<Setting, 14> kSettings{{
    {"client.id", "offset-reset-operator"},
    // The default of 100 ms stalls a fresh handle's connection to the coordinator by 50 ms (2.14).
    {"reconnect.backoff.ms", "10"},
    {"reconnect.backoff.max.ms", "1000"},
    // With the default of 30 s an address that swallows packets gives no reason for half a minute.
    {"socket.connection.setup.timeout.ms", "3000"},
    {"socket.keepalive.enable", "true"},
    // Looking at a topic must never make it.
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.metrics.push", "false"},
    // Of commit_history: the log's end is told, and open transactions don't hide what is behind
    // them.
    {"enable.partition.eof", "true"},
    {"isolation.level", "read_uncommitted"},
    // Connection failures are read from the log: at level 6 is that of a wrong listener.
    {"log_level", "6"},
    {"log.connection.close", "true"},
    // Nowhere to be had but in the log: what a broker can do, see apply() in admin.cpp; and
    // failures that are like the last one.
    {"debug", "feature,broker"},
    {"log.thread.name", "false"},
}};

const char* name_of(core::SaslMechanism mechanism) {
  switch (mechanism) {
    case core::SaslMechanism::Plain:
      return "PLAIN";
    case core::SaslMechanism::ScramSha256:
      return "SCRAM-SHA-256";
    case core::SaslMechanism::ScramSha512:
      return "SCRAM-SHA-512";
    case core::SaslMechanism::OAuthBearer:
      return "OAUTHBEARER";
  }
  return "";  // unreachable: every enumerator is above
}

const char* protocol_of(const Connection& connection) {
  if (connection.tls) return connection.sasl ? "SASL_SSL" : "SSL";
  return connection.sasl ? "SASL_PLAINTEXT" : "PLAINTEXT";
}

void add_tls(Settings& settings, const core::Tls& tls) {
  if (tls.ca.empty()) {
    settings.emplace_back("ssl.ca.location", "probe");  // where systems keep the public ones
  } else {
    settings.emplace_back("ssl.ca.pem", tls.ca);
  }
  // A name of its own is looked for by ServerCertificate; OpenSSL would want the host's.
  const bool has_host_name = !tls.insecure_skip_verify && tls.server_name.empty();
  settings.emplace_back("ssl.endpoint.identification.algorithm", has_host_name ? "https" : "none");
  settings.emplace_back("enable.ssl.certificate.verification",
                        tls.insecure_skip_verify ? "false" : "true");
  if (!tls.client_certificate) return;
  settings.emplace_back("ssl.certificate.pem", tls.client_certificate->chain);
  settings.emplace_back("ssl.key.pem", tls.client_certificate->key);
  if (tls.client_certificate->key_password.empty()) return;
  settings.emplace_back("ssl.key.password", tls.client_certificate->key_password);
}

Result<void> check_credentials(const Connection& connection, const core::Sasl& sasl) {
  if (sasl.mechanism == core::SaslMechanism::OAuthBearer) {
    if (sasl.oauth) return {};
    return core::fail(Reason::InvalidSpec,
                      of_connection(connection, "sasl.oauth is missing; OAUTHBEARER needs it"));
  }
  if (sasl.username.empty()) {
    return not_authenticated(connection,
                             "the user name of SASL is empty; set sasl.username, or "
                             "put it into the Secret of sasl.usernameFrom");
  }
  if (!sasl.password.empty()) return {};
  return not_authenticated(
      connection, "the password of user {} is empty; put it into the Secret of sasl.passwordFrom",
      sasl.username);
}

void add_sasl(Settings& settings, const core::Sasl& sasl) {
  settings.emplace_back("sasl.mechanism", name_of(sasl.mechanism));
  if (sasl.mechanism == core::SaslMechanism::OAuthBearer) return;
  settings.emplace_back("sasl.username", sasl.username);
  settings.emplace_back("sasl.password", sasl.password);
}

Result<void> add_properties(Settings& settings, const Connection& connection) {
  const auto& allowed = core::kConnectionProperties;
  for (const auto& [name, value] : connection.properties) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      return core::fail(Reason::InvalidSpec,
                        of_connection(connection, fmt::format("properties: {} may not be set; "
                                                              "those that may: {}",
                                                              name, fmt::join(allowed, ", "))));
    }
    settings.emplace_back(name, value);
  }
  return {};
}

core::Error refusal(const Connection& connection, const std::string& name, std::string_view why) {
  why = why.substr(0, why.find('\n'));
  if (connection.properties.contains(name)) {
    return {Reason::InvalidSpec,
            of_connection(connection, fmt::format("properties: {}: {}", name, why))};
  }
  // Not with the library's words, as they can hold the value.
  return {Reason::InternalError,
          of_connection(connection, fmt::format("librdkafka refuses the setting {}", name))};
}

}  // namespace

Result<Settings> settings_of(const Connection& connection) {
  // librdkafka takes any text for a list of servers, and then retries for ever.
  const auto servers = core::parse_bootstrap_servers(connection.bootstrap_servers);
  if (!servers) return tl::unexpected(servers.error());
  Settings settings(kSettings.begin(), kSettings.end());
  settings.emplace_back("bootstrap.servers", fmt::format("{}", fmt::join(*servers, ",")));
  settings.emplace_back("security.protocol", protocol_of(connection));
  if (connection.tls) add_tls(settings, *connection.tls);
  if (connection.sasl) {
    if (auto good = check_credentials(connection, *connection.sasl); !good) {
      return tl::unexpected(std::move(good).error());
    }
    add_sasl(settings, *connection.sasl);
  }
  if (auto good = add_properties(settings, connection); !good) {
    return tl::unexpected(std::move(good).error());
  }
  return settings;
}

Result<Conf> configuration_of(const Connection& connection) {
  const auto settings = settings_of(connection);
  if (!settings) return tl::unexpected(settings.error());
  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> text{};
  for (const auto& [name, value] : *settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return tl::unexpected(refusal(connection, name, text.data()));
    }
  }
  return conf;
}

}  // namespace kafka
