#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

// How one Kafka cluster is reached, with everything secret in it: what a client is opened with. It
// is held in memory only; no part of it but `name` and `bootstrap_servers` is ever told to anybody.
namespace core {

enum class SaslMechanism : std::uint8_t { Plain, ScramSha256, ScramSha512, OAuthBearer };

struct ClientCertificate {
  std::string chain;         // PEM
  std::string key;           // PEM
  std::string key_password;  // empty: the key is not encrypted
  auto operator<=>(const ClientCertificate&) const = default;
};

struct Tls {
  std::string ca;  // PEM; empty: the public authorities of the machine
  std::optional<ClientCertificate> client_certificate;
  std::string server_name;  // what brokers' certificates are for; empty: the host connected to
  bool insecure_skip_verify = false;
  auto operator<=>(const Tls&) const = default;
};

// Client credentials of OpenID Connect (RFC 6749, 4.4).
struct OAuth {
  std::string token_endpoint_url;
  std::string client_id;
  std::string client_secret;
  std::string scope;                              // empty: none is asked for
  std::map<std::string, std::string> extensions;  // of SASL (RFC 7628)
  std::string ca;  // PEM, of the token endpoint; empty: the public authorities
  auto operator<=>(const OAuth&) const = default;
};

struct Sasl {
  SaslMechanism mechanism = SaslMechanism::ScramSha512;
  std::string username;  // of all but OAUTHBEARER, as the password
  std::string password;
  std::optional<OAuth> oauth;  // of OAUTHBEARER
  auto operator<=>(const Sasl&) const = default;
};

// Two that are equal reach the same cluster in the same way. The order means nothing.
struct Connection {
  std::string name;               // "KafkaConnection payments/prod", for messages; empty: inline
  std::string bootstrap_servers;  // comma-separated host:port
  std::optional<Tls> tls;         // none: plaintext
  std::optional<Sasl> sasl;       // none: no authentication, or by the client certificate
  std::map<std::string, std::string> properties;  // of librdkafka; see connection_properties.h
  auto operator<=>(const Connection&) const = default;
};

}  // namespace core
