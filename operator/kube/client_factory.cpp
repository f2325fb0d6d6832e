#include "kube/client_factory.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

namespace kube {
namespace {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

tl::unexpected<core::Error> refuse(const Config& config, std::string_view what) {
  return core::fail(core::Reason::InternalError, fmt::format("{}: {}", config.origin, what));
}

std::string text_of(const std::shared_ptr<TextSource>& source) {
  return source ? source->current() : std::string();
}

std::vector<Certificate> certificates_in(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> certificates;
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return certificates;
}

// httplib (0.41.0) loads the first certificate of the PEM only; intermediates have to be sent too.
void add_chain(httplib::SSLClient& client, const std::string& pem) {
  auto* context = static_cast<SSL_CTX*>(client.tls_context());
  const auto chain = certificates_in(pem);
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
}

// The first address of a host, in digits; empty if there is none.
std::string address_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::string digits(NI_MAXHOST, '\0');
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, digits.data(),
                    static_cast<socklen_t>(digits.size()), nullptr, 0, NI_NUMERICHOST) != 0) {
    return {};
  }
  digits.resize(digits.find('\0'));
  return digits;
}

// httplib (0.41.0) asks for and checks the certificate of the host that it was made for. So where
// the certificate has another name, that is the host, and the address comes from a map, which takes
// addresses only.
core::Result<void> map_server_name(httplib::ClientImpl& client, const Config& config) {
  if (config.tls_server_name.empty()) return {};
  const std::string address = address_of(config.server.host);
  if (address.empty()) return refuse(config, "can't resolve " + config.server.host);
  client.set_hostname_addr_map({{config.tls_server_name, address}});
  return {};
}

core::Result<std::unique_ptr<httplib::ClientImpl>> make_tls_client(const Config& config) {
  const std::string certificate = text_of(config.client_certificate);
  const std::string key = text_of(config.client_key);
  const bool has_certificate = !certificate.empty();
  const std::string& name =
      config.tls_server_name.empty() ? config.server.host : config.tls_server_name;
  auto client = std::make_unique<httplib::SSLClient>(
      name, config.server.port,
      httplib::SSLClient::PemMemory{has_certificate ? certificate.c_str() : nullptr,
                                    certificate.size(), has_certificate ? key.c_str() : nullptr,
                                    key.size(), nullptr});
  if (!client->is_valid()) {
    return refuse(config, "client-certificate and client-key are no PEM, or not of one another");
  }
  add_chain(*client, certificate);
  if (const std::string authority = text_of(config.certificate_authority); !authority.empty()) {
    // httplib (0.41.0) does not say when there is no certificate in the text.
    if (certificates_in(authority).empty()) {
      return refuse(config, "certificate-authority holds no certificate in PEM");
    }
    client->load_ca_cert_store(authority.data(), authority.size());
  }
  client->enable_server_certificate_verification(!config.insecure_skip_tls_verify);
  if (const auto mapped = map_server_name(*client, config); !mapped) {
    return tl::unexpected(mapped.error());
  }
  return client;
}

}  // namespace

core::Result<std::unique_ptr<httplib::ClientImpl>> make_client(const Config& config) {
  if (config.server.is_https) return make_tls_client(config);
  return std::make_unique<httplib::ClientImpl>(config.server.host, config.server.port);
}

std::string certificate_error(std::uint64_t verify_result) {
  return X509_verify_cert_error_string(static_cast<long>(verify_result));
}

}  // namespace kube
