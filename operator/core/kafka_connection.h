#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/connection.h"
#include "core/offset_reset.h"

// The resources KafkaConnection and ClusterKafkaConnection (offsetreset.io/v1alpha1) as plain
// values. docs/api.md is the user's view of the same; connection_codec.h maps them from and to
// JSON. What is secret stands elsewhere, and is only referred to.
namespace core {

// A Secret, or a ConfigMap, that holds texts under keys.
struct Holder {
  enum class Kind : std::uint8_t { Secret, ConfigMap };

  Kind kind = Kind::Secret;
  ObjectKey key;
  auto operator<=>(const Holder&) const = default;
  // "Secret payments/kafka-user"
  std::string to_string() const {
    return (kind == Kind::Secret ? "Secret " : "ConfigMap ") + key.to_string();
  }
};
using Texts = std::map<std::string, std::string>;  // of one Holder, by key
using Credentials = std::map<Holder, Texts>;

// A text in a Secret or ConfigMap of the connection's own namespace (of a ClusterKafkaConnection:
// the operator's).
struct TextRef {
  Holder::Kind kind = Holder::Kind::Secret;
  std::string name;
  std::string key;
  bool operator==(const TextRef&) const = default;
};

struct ClientCertificateRef {
  std::string secret;
  std::string certificate_key = "tls.crt";  // cert-manager's; Strimzi has user.crt
  std::string key_key = "tls.key";          // and user.key
  std::optional<std::string> key_password_key;
  bool operator==(const ClientCertificateRef&) const = default;
};

struct TlsSpec {
  std::optional<TextRef> ca;
  std::optional<ClientCertificateRef> client_certificate;
  std::string server_name;
  bool insecure_skip_verify = false;
  bool operator==(const TlsSpec&) const = default;
};

struct OAuthSpec {
  std::string token_endpoint_url;
  std::string client_id;
  TextRef client_secret;
  std::string scope;
  std::map<std::string, std::string> extensions;
  std::optional<TextRef> ca;
  bool operator==(const OAuthSpec&) const = default;
};

struct SaslSpec {
  SaslMechanism mechanism = SaslMechanism::ScramSha512;
  // Of all mechanisms but OAUTHBEARER: a password, and exactly one of the other two.
  std::string username;
  std::optional<TextRef> username_from;
  std::optional<TextRef> password;
  std::optional<OAuthSpec> oauth;  // of OAUTHBEARER
  bool operator==(const SaslSpec&) const = default;
};

// metav1.LabelSelector. Empty: it selects everything.
struct LabelSelector {
  enum class Operator : std::uint8_t { In, NotIn, Exists, DoesNotExist };
  struct Requirement {
    std::string key;
    Operator operation = Operator::In;
    std::vector<std::string> values;
    bool operator==(const Requirement&) const = default;
  };

  std::map<std::string, std::string> match_labels;
  std::vector<Requirement> match_expressions;
  bool operator==(const LabelSelector&) const = default;
};
using Labels = std::map<std::string, std::string>;

// One entry of `access`: these namespaces may reset these groups on these topics. A namespace is
// meant if it is named, or if it is selected. Patterns are names, or prefixes that end in "*"; an
// empty list of them matches nothing.
struct AccessRule {
  std::vector<std::string> namespaces;
  std::optional<LabelSelector> namespace_selector;
  std::vector<std::string> groups;
  std::vector<std::string> topics;
  bool operator==(const AccessRule&) const = default;
};

struct ConnectionSpec {
  std::vector<std::string> bootstrap_servers;  // host:port, as parse_bootstrap_servers has them
  std::optional<TlsSpec> tls;
  std::optional<SaslSpec> sasl;
  std::map<std::string, std::string> properties;
  std::vector<AccessRule> access;  // of a ClusterKafkaConnection; empty: admits nobody
  bool operator==(const ConnectionSpec&) const = default;
};

struct ConnectionStatus {
  std::int64_t observed_generation = -1;
  std::string cluster_id;  // as the brokers say, when last reached
  std::optional<std::int64_t> brokers;
  std::string auth;  // for the printed table: "SCRAM-SHA-512 over TLS"
  std::vector<Condition> conditions;
  bool operator==(const ConnectionStatus&) const = default;
};

// Which connection. That of a ClusterKafkaConnection has no namespace.
struct ConnectionId {
  ConnectionKind kind = ConnectionKind::KafkaConnection;
  ObjectKey key;
  auto operator<=>(const ConnectionId&) const = default;
  std::string to_string() const;  // "KafkaConnection payments/prod", "ClusterKafkaConnection prod"
};

struct KafkaConnection {
  ConnectionId id;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  Result<ConnectionSpec> spec;  // InvalidSpec, when an older CRD let something through
  ConnectionStatus status;
  bool operator==(const KafkaConnection&) const = default;
};

}  // namespace core
