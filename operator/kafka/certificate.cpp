#include "kafka/certificate.h"

#include <fmt/format.h>

#include <string_view>

#include "kafka/pem.h"
#include "kafka/words.h"

namespace kafka {
namespace {

using core::Connection;
using core::Result;

Result<void> check_authorities(const Connection& connection, std::string_view what,
                               const std::string& pem) {
  if (pem.empty() || !certificates_in(pem).empty()) return {};
  return not_authenticated(
      connection,
      "{} is not made of certificates in PEM (-----BEGIN CERTIFICATE-----); put the "
      "authority's certificate there",
      what);
}

Result<void> check_period(const Connection& connection, const X509* certificate) {
  const auto* begin = X509_get0_notBefore(certificate);
  const auto* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(end) < 0) {
    return not_authenticated(connection,
                             "the client certificate expired on {}; put a new one into its Secret",
                             day_of(end));
  }
  if (X509_cmp_current_time(begin) > 0) {
    return not_authenticated(
        connection,
        "the client certificate is not valid before {}; wait, or put another one into "
        "its Secret",
        day_of(begin));
  }
  return {};
}

std::string_view fault_of_key(const KeyReading& reading, const std::string& password) {
  if (!reading.is_encrypted) {
    return "the client certificate's private key is not one in PEM (-----BEGIN PRIVATE KEY-----)";
  }
  if (password.empty()) {
    return "the client certificate's private key is encrypted, and there is no password for it; "
           "name its key in the Secret with tls.clientCertificate.keyPasswordKey";
  }
  return "the password of the client certificate's private key is wrong, or the key is broken; "
         "correct them in their Secret";
}

Result<void> check_pair(const Connection& connection, const core::ClientCertificate& client) {
  const auto chain = certificates_in(client.chain);
  if (chain.empty()) {
    return not_authenticated(
        connection,
        "the client certificate is not one in PEM (-----BEGIN CERTIFICATE-----); put "
        "it into its Secret");
  }
  if (auto good = check_period(connection, chain.front().get()); !good) return good;
  const auto reading = read_key(client.key, client.key_password);
  if (!reading.key) {
    return not_authenticated(connection, "{}", fault_of_key(reading, client.key_password));
  }
  if (is_pair(chain.front(), reading.key)) return {};
  return not_authenticated(
      connection,
      "the private key is not the client certificate's; put both of one issue into the "
      "Secret, the client's certificate before those that vouch for it");
}

}  // namespace

Result<void> check_certificates(const Connection& connection) {
  if (connection.tls) {
    const auto& tls = *connection.tls;
    if (auto good = check_authorities(connection, "tls.ca", tls.ca); !good) return good;
    if (tls.client_certificate) {
      if (auto good = check_pair(connection, *tls.client_certificate); !good) return good;
    }
  }
  if (!connection.sasl || !connection.sasl->oauth) return {};
  return check_authorities(connection, "sasl.oauth.ca", connection.sasl->oauth->ca);
}

}  // namespace kafka
