#include "kafka/server_certificate.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "kafka/library_log.h"

namespace kafka {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, Destroy<GENERAL_NAMES_free>>;

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kNamesTold = 5;

// Whoever answers at an address writes its certificate: only what names are made of is told.
std::string in_print(std::string_view name) {
  std::string clean(name.substr(0, kLongestName));
  std::erase_if(clean, [](char c) { return c < ' ' || c > '~'; });
  return clean;
}

std::string text_of(const ASN1_STRING* text) {
  return in_print({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text))});
}

std::string common_name_of(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return "?";
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  const auto* data = ASN1_STRING_get0_data(bytes);
  if (ASN1_STRING_length(bytes) != 4) return "an IPv6 address";
  return fmt::format("{}.{}.{}.{}", data[0], data[1], data[2], data[3]);
}

// "localhost, 127.0.0.1"
std::string names_in(const X509* certificate) {
  const Names all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  const int count = all ? sk_GENERAL_NAME_num(all.get()) : 0;
  for (int i = 0; i < count && names.size() < kNamesTold; ++i) {
    const auto* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  if (names.empty()) names.push_back(common_name_of(X509_get_subject_name(certificate)));
  return core::listed(names);
}

bool is_for(const X509* certificate, const std::string& name) {
  // Neither changes it, but older OpenSSL takes no pointer to const.
  auto* x509 = const_cast<X509*>(certificate);
  return X509_check_host(x509, name.c_str(), name.size(), 0, nullptr) == 1 ||
         X509_check_ip_asc(x509, name.c_str(), 0) == 1;
}

std::string whose(int depth) {
  return depth == 0 ? "the broker's certificate"
                    : "the certificate of an authority that vouches for the broker's";
}

std::string misnamed(const X509* certificate, const std::string& server_name) {
  if (!server_name.empty()) {
    return fmt::format("the broker's certificate is for {}, not for {}; correct tls.serverName",
                       names_in(certificate), server_name);
  }
  return fmt::format(
      "the broker's certificate is for {}, not for the host connected to; connect to "
      "one of these names, or set tls.serverName to one",
      names_in(certificate));
}

}  // namespace

std::string fault_of(const CertificateFinding& finding, const std::string& server_name) {
  const auto* certificate = finding.certificate;
  switch (finding.code) {
    case X509_V_OK: {
      const bool is_good =
          server_name.empty() || finding.depth > 0 || is_for(certificate, server_name);
      return is_good ? "" : misnamed(certificate, server_name);
    }
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return misnamed(certificate, server_name);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}; whoever runs the brokers must renew it",
                         whose(finding.depth), day_of(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}; is the clock right?", whose(finding.depth),
                         day_of(X509_get0_notBefore(certificate)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format(
          "the broker's certificate is from the authority {}, which is not trusted; "
          "put that authority's certificate into tls.ca",
          common_name_of(X509_get_issuer_name(certificate)));
    default:
      return fmt::format("{} can't be verified: {}", whose(finding.depth),
                         X509_verify_cert_error_string(finding.code));
  }
}

int on_certificate(rd_kafka_t*, const char* broker, std::int32_t, int* code, int depth,
                   const char* der, std::size_t size, char* text, std::size_t text_size,
                   void* opaque) {
  auto& log = *static_cast<LibraryLog*>(opaque);
  const auto* bytes = reinterpret_cast<const unsigned char*>(der);
  const Certificate certificate(d2i_X509(nullptr, &bytes, static_cast<long>(size)));
  if (!certificate) return 0;
  auto fault = fault_of({certificate.get(), *code, depth}, log.server_name());
  if (fault.empty()) return 1;
  const auto length = std::min(fault.size(), text_size - 1);
  fault.copy(text, length);
  text[length] = '\0';
  if (*code == X509_V_OK) *code = X509_V_ERR_HOSTNAME_MISMATCH;
  log.failures().note_certificate(broker, std::move(fault));
  return 0;
}

}  // namespace kafka
