#include "core/connection_spec_codec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/bootstrap_servers.h"
#include "core/connection_properties.h"
#include "core/fields.h"
#include "core/limits.h"

namespace core {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxUrl = 2'048;
constexpr std::size_t kMaxText = 1'024;
constexpr std::size_t kMaxSecretKey = 253;  // Kubernetes': of a Secret's or ConfigMap's data
constexpr std::size_t kMaxExtensions = 16;
constexpr std::size_t kMaxAccessRules = 64;
constexpr std::size_t kMaxPatterns = 256;
constexpr std::size_t kMaxSelectors = 16;

// Something that the CRD lets be empty or absent.
std::string optional_text(const Fields& fields, const char* key, std::size_t longest) {
  return fields.has(key) ? fields.text(key, longest) : std::string();
}

TextRef decode_secret_ref(const Fields& holder, const char* what) {
  Fields ref = holder.object(what);
  ref.refuse_others_than({"name", "key"});
  return {Holder::Kind::Secret, ref.object_name("name"), ref.text("key", kMaxSecretKey)};
}

TextRef decode_secret_text(const Fields& fields, const char* key) {
  Fields holder = fields.object(key);
  holder.refuse_others_than({"secretKeyRef"});
  return decode_secret_ref(holder, "secretKeyRef");
}

std::optional<TextRef> decode_ca(const Fields& fields) {
  if (!fields.has("ca")) return std::nullopt;
  Fields holder = fields.object("ca");
  holder.refuse_others_than({"secretKeyRef", "configMapKeyRef"});
  if (holder.has("secretKeyRef") == holder.has("configMapKeyRef")) {
    holder.refuse_this("write exactly one of secretKeyRef and configMapKeyRef");
  }
  if (holder.has("secretKeyRef")) return decode_secret_ref(holder, "secretKeyRef");
  TextRef ref = decode_secret_ref(holder, "configMapKeyRef");
  ref.kind = Holder::Kind::ConfigMap;
  return ref;
}

ClientCertificateRef decode_client_certificate(const Fields& tls) {
  Fields fields = tls.object("clientCertificate");
  fields.refuse_others_than({"secretName", "certKey", "keyKey", "keyPasswordKey"});
  ClientCertificateRef ref;
  ref.secret = fields.object_name("secretName");
  if (fields.has("certKey")) ref.certificate_key = fields.text("certKey", kMaxSecretKey);
  if (fields.has("keyKey")) ref.key_key = fields.text("keyKey", kMaxSecretKey);
  if (fields.has("keyPasswordKey")) {
    ref.key_password_key = fields.text("keyPasswordKey", kMaxSecretKey);
  }
  return ref;
}

TlsSpec decode_tls(const Fields& spec) {
  Fields fields = spec.object("tls");
  fields.refuse_others_than({"ca", "clientCertificate", "serverName", "insecureSkipVerify"});
  TlsSpec tls;
  tls.ca = decode_ca(fields);
  if (fields.has("clientCertificate")) tls.client_certificate = decode_client_certificate(fields);
  tls.server_name = optional_text(fields, "serverName", kMaxNameLength);
  tls.insecure_skip_verify = fields.flag("insecureSkipVerify");
  return tls;
}

OAuthSpec decode_oauth(const Fields& sasl) {
  Fields fields = sasl.object("oauth");
  fields.refuse_others_than(
      {"tokenEndpointUrl", "clientId", "clientSecretFrom", "scope", "extensions", "ca"});
  OAuthSpec oauth;
  oauth.token_endpoint_url = fields.text("tokenEndpointUrl", kMaxUrl);
  if (!oauth.token_endpoint_url.starts_with("https://") &&
      !oauth.token_endpoint_url.starts_with("http://")) {
    fields.refuse(fields.path_of("tokenEndpointUrl") + " must begin with https:// or http://");
  }
  oauth.client_id = fields.text("clientId", kMaxText);
  oauth.client_secret = decode_secret_text(fields, "clientSecretFrom");
  oauth.scope = optional_text(fields, "scope", kMaxText);
  oauth.extensions = fields.text_map("extensions", kMaxExtensions, kMaxText);
  oauth.ca = decode_ca(fields);
  return oauth;
}

void decode_password(const Fields& fields, SaslSpec& sasl) {
  if (fields.has("oauth")) {
    fields.refuse(fields.path_of("oauth") + " belongs to mechanism OAUTHBEARER; leave it out");
  }
  if (fields.has("username") == fields.has("usernameFrom")) {
    fields.refuse_this("write exactly one of username and usernameFrom");
  } else if (fields.has("username")) {
    sasl.username = fields.text("username", kMaxText);
  } else {
    sasl.username_from = decode_secret_text(fields, "usernameFrom");
  }
  sasl.password = decode_secret_text(fields, "passwordFrom");
}

SaslSpec decode_sasl(const Fields& spec) {
  Fields fields = spec.object("sasl");
  fields.refuse_others_than({"mechanism", "username", "usernameFrom", "passwordFrom", "oauth"});
  SaslSpec sasl;
  const auto mechanism = fields.choice<SaslMechanism>("mechanism");
  if (!mechanism && !fields.has("mechanism")) {
    fields.refuse(fields.path_of("mechanism") + " is required");
  }
  sasl.mechanism = mechanism.value_or(sasl.mechanism);
  if (sasl.mechanism != SaslMechanism::OAuthBearer) {
    decode_password(fields, sasl);
    return sasl;
  }
  if (fields.has("username") || fields.has("usernameFrom") || fields.has("passwordFrom")) {
    fields.refuse_this("OAUTHBEARER takes no user name and no password; write oauth");
  }
  sasl.oauth = decode_oauth(fields);
  return sasl;
}

std::map<std::string, std::string> decode_properties(const Fields& spec) {
  auto properties = spec.text_map("properties", kConnectionProperties.size(), kMaxText);
  for (const auto& [name, value] : properties) {
    const auto& known = kConnectionProperties;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    spec.refuse(fmt::format("{}: \"{}\" can't be set; these can: {}", spec.path_of("properties"),
                            name, fmt::join(known, ", ")));
  }
  return properties;
}

LabelSelector decode_selector(const Fields& rule) {
  Fields fields = rule.object("namespaceSelector");
  fields.refuse_others_than({"matchLabels", "matchExpressions"});
  LabelSelector selector;
  selector.match_labels = fields.text_map("matchLabels", kMaxSelectors, kMaxNameLength);
  if (!fields.has("matchExpressions")) return selector;
  for (Fields& entry : fields.objects("matchExpressions", kMaxSelectors)) {
    entry.refuse_others_than({"key", "operator", "values"});
    LabelSelector::Requirement wanted;
    wanted.key = entry.text("key", kMaxText);
    const auto operation = entry.choice<LabelSelector::Operator>("operator");
    if (!entry.has("operator")) entry.refuse(entry.path_of("operator") + " is required");
    wanted.operation = operation.value_or(wanted.operation);
    if (entry.has("values")) wanted.values = entry.texts("values", kMaxPatterns, kMaxNameLength);
    selector.match_expressions.push_back(std::move(wanted));
  }
  return selector;
}

std::vector<std::string> decode_patterns(const Fields& rule, const char* key) {
  auto patterns = rule.texts(key, kMaxPatterns, kMaxGroupLength);
  for (const std::string& pattern : patterns) {
    const auto star = pattern.find('*');
    if (star == std::string::npos || star + 1 == pattern.size()) continue;
    rule.refuse(fmt::format("{}: \"{}\": a * stands at the end only", rule.path_of(key), pattern));
  }
  return patterns;
}

std::vector<AccessRule> decode_access(const Fields& spec) {
  if (!spec.has("access") || spec.at("access").empty()) return {};
  std::vector<AccessRule> access;
  for (Fields& entry : spec.objects("access", kMaxAccessRules)) {
    entry.refuse_others_than({"namespaces", "namespaceSelector", "groups", "topics"});
    AccessRule rule;
    if (entry.has("namespaces")) {
      rule.namespaces = entry.texts("namespaces", kMaxPatterns, kMaxNameLength);
    }
    if (entry.has("namespaceSelector")) rule.namespace_selector = decode_selector(entry);
    if (rule.namespaces.empty() && !rule.namespace_selector) {
      entry.refuse_this("write namespaces or namespaceSelector");
    }
    rule.groups = decode_patterns(entry, "groups");
    rule.topics = decode_patterns(entry, "topics");
    access.push_back(std::move(rule));
  }
  return access;
}

std::vector<std::string> decode_servers(const Fields& spec) {
  auto servers = spec.texts("bootstrapServers", kMaxBootstrapServers, kMaxServerLength);
  for (const std::string& server : servers) {
    const auto parsed = parse_bootstrap_servers(server);
    if (!parsed) spec.refuse(parsed.error().message);
    if (parsed && parsed->size() > 1) {
      spec.refuse(fmt::format("{}: write \"{}\" as several entries",
                              spec.path_of("bootstrapServers"), server));
    }
  }
  std::sort(servers.begin(), servers.end());
  servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
  return servers;
}

// An empty `tls:` is null, of which nobody can tell whether TLS was meant.
void refuse_null_tls(const Fields& spec, const json& manifest) {
  if (manifest.is_object() && manifest.contains("tls") && manifest.at("tls").is_null()) {
    spec.refuse("spec.tls: write tls: {} for TLS with the public authorities, or leave it out");
  }
}

}  // namespace

Result<ConnectionSpec> decode_connection_spec(ConnectionKind kind, const json& manifest) {
  std::optional<Error> error;
  Fields spec(manifest, "spec", error);
  if (kind == ConnectionKind::ClusterKafkaConnection) {
    spec.refuse_others_than({"bootstrapServers", "tls", "sasl", "properties", "access"});
  } else {
    spec.refuse_others_than({"bootstrapServers", "tls", "sasl", "properties"});
  }
  ConnectionSpec decoded;
  decoded.bootstrap_servers = decode_servers(spec);
  refuse_null_tls(spec, manifest);
  if (spec.has("tls")) decoded.tls = decode_tls(spec);
  if (spec.has("sasl")) decoded.sasl = decode_sasl(spec);
  decoded.properties = decode_properties(spec);
  if (kind == ConnectionKind::ClusterKafkaConnection) decoded.access = decode_access(spec);
  if (error) return tl::unexpected<Error>(std::move(*error));
  return decoded;
}

}  // namespace core
