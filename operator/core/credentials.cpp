#include "core/credentials.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/names.h"
#include "core/text.h"

namespace core {
namespace {

TextRef in_secret(const ClientCertificateRef& certificate, const std::string& key) {
  return {Holder::Kind::Secret, certificate.secret, key};
}

std::vector<TextRef> refs_of(const ClientCertificateRef& certificate) {
  std::vector refs{in_secret(certificate, certificate.certificate_key),
                   in_secret(certificate, certificate.key_key)};
  if (certificate.key_password_key) {
    refs.push_back(in_secret(certificate, *certificate.key_password_key));
  }
  return refs;
}

std::vector<TextRef> refs_of(const ConnectionSpec& spec) {
  std::vector<TextRef> refs;
  const auto add = [&refs](const std::optional<TextRef>& ref) {
    if (ref) refs.push_back(*ref);
  };
  if (spec.tls) {
    add(spec.tls->ca);
    if (spec.tls->client_certificate) {
      for (const TextRef& ref : refs_of(*spec.tls->client_certificate)) add(ref);
    }
  }
  if (spec.sasl) {
    add(spec.sasl->username_from);
    add(spec.sasl->password);
    if (spec.sasl->oauth) {
      add(spec.sasl->oauth->client_secret);
      add(spec.sasl->oauth->ca);
    }
  }
  return refs;
}

std::string without_line_end(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// Looks texts up, and keeps the first thing that is missing.
class Lookup {
 public:
  Lookup(std::string namespace_name, const Credentials& credentials)
      : namespace_name_(std::move(namespace_name)), credentials_(credentials) {}

  std::string text(const TextRef& ref) {
    const Holder holder{ref.kind, {namespace_name_, ref.name}};
    const auto found = credentials_.find(holder);
    static const Texts kNothing;
    const Texts& texts = found == credentials_.end() ? kNothing : found->second;
    const auto text = texts.find(ref.key);
    if (text == texts.end() || text->second.empty()) {
      miss(holder, ref.key, texts, text != texts.end());
      return {};
    }
    return text->second;
  }
  std::string text_or_empty(const std::optional<TextRef>& ref) {
    return ref ? text(*ref) : std::string();
  }
  std::string line(const TextRef& ref) { return without_line_end(text(ref)); }

  const std::optional<Error>& error() const { return error_; }

 private:
  void miss(const Holder& holder, const std::string& key, const Texts& texts, bool is_empty) {
    if (error_) return;
    std::vector<std::string> keys;
    for (const auto& [name, text] : texts) keys.push_back(name);
    const bool is_secret = holder.kind == Holder::Kind::Secret;
    const std::string there = keys.empty() ? "no data at all" : "only " + listed(keys);
    error_ = Error{
        is_secret ? Reason::SecretNotFound : Reason::ConfigMapNotFound,
        is_empty ? fmt::format("key {} of {} is empty: write what belongs there", key,
                               holder.to_string())
                 : fmt::format("{} has no key {}, {}: add it", holder.to_string(), key, there)};
  }

  const std::string namespace_name_;
  const Credentials& credentials_;
  std::optional<Error> error_;
};

Tls connect(const TlsSpec& spec, Lookup& lookup) {
  Tls tls;
  tls.ca = lookup.text_or_empty(spec.ca);
  tls.server_name = spec.server_name;
  tls.insecure_skip_verify = spec.insecure_skip_verify;
  if (const auto& given = spec.client_certificate) {
    ClientCertificate certificate;
    certificate.chain = lookup.text(in_secret(*given, given->certificate_key));
    certificate.key = lookup.text(in_secret(*given, given->key_key));
    if (given->key_password_key) {
      certificate.key_password = lookup.line(in_secret(*given, *given->key_password_key));
    }
    tls.client_certificate = std::move(certificate);
  }
  return tls;
}

OAuth connect(const OAuthSpec& spec, Lookup& lookup) {
  return {spec.token_endpoint_url,
          spec.client_id,
          lookup.line(spec.client_secret),
          spec.scope,
          spec.extensions,
          lookup.text_or_empty(spec.ca)};
}

Sasl connect(const SaslSpec& spec, Lookup& lookup) {
  Sasl sasl;
  sasl.mechanism = spec.mechanism;
  sasl.username = spec.username_from ? lookup.line(*spec.username_from) : spec.username;
  if (spec.password) sasl.password = lookup.line(*spec.password);
  if (spec.oauth) sasl.oauth = connect(*spec.oauth, lookup);
  return sasl;
}

}  // namespace

std::vector<Holder> holders_of(const ConnectionSpec& spec, const std::string& namespace_name) {
  std::set<Holder> holders;
  for (const TextRef& ref : refs_of(spec)) {
    holders.insert({ref.kind, {namespace_name, ref.name}});
  }
  return {holders.begin(), holders.end()};
}

Result<Connection> connect(const KafkaConnection& connection, const std::string& namespace_name,
                           const Credentials& credentials) {
  const ConnectionSpec& spec = *connection.spec;
  Lookup lookup(namespace_name, credentials);
  Connection reach;
  reach.name = connection.id.to_string();
  reach.bootstrap_servers = fmt::format("{}", fmt::join(spec.bootstrap_servers, ","));
  if (spec.tls) reach.tls = connect(*spec.tls, lookup);
  if (spec.sasl) reach.sasl = connect(*spec.sasl, lookup);
  reach.properties = spec.properties;
  if (lookup.error()) {
    return fail(lookup.error()->reason, fmt::format("{}: {}", reach.name, lookup.error()->message));
  }
  return reach;
}

std::string auth_of(const ConnectionSpec& spec) {
  const bool has_certificate = spec.tls && spec.tls->client_certificate;
  std::string auth = spec.sasl         ? std::string(name_of(spec.sasl->mechanism))
                     : has_certificate ? "client certificate"
                                       : "none";
  if (spec.sasl && has_certificate) auth += " and client certificate";
  if (spec.tls) auth += " over TLS";
  return auth;
}

}  // namespace core
