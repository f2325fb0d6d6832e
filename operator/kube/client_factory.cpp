#include "kube/client_factory.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <utility>

#include "kube/pem.h"

namespace kube {
namespace {

tl::unexpected<core::Error> refuse(const Config& config, std::string_view what) {
  return core::fail(core::Reason::InternalError, fmt::format("{}: {}", config.origin, what));
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

core::Result<std::unique_ptr<httplib::ClientImpl>> make_tls_client(const Config& config,
                                                                   const TlsIdentity& identity) {
  const auto& [certificate, key] = identity.own;
  const bool has_certificate = !certificate.empty();
  const std::string& name =
      config.tls_server_name.empty() ? config.server.host : config.tls_server_name;
  auto client = std::make_unique<httplib::SSLClient>(
      name, config.server.port,
      httplib::SSLClient::PemMemory{has_certificate ? certificate.c_str() : nullptr,
                                    certificate.size(), has_certificate ? key.c_str() : nullptr,
                                    key.size(), nullptr});
  if (!client->is_valid()) {
    return refuse(config, "the client certificate and its key can't be used");
  }
  add_chain(*client, certificate);
  if (!identity.authority.empty()) {
    client->load_ca_cert_store(identity.authority.data(), identity.authority.size());
  }
  client->enable_server_certificate_verification(!config.insecure_skip_tls_verify);
  if (const auto mapped = map_server_name(*client, config); !mapped) {
    return tl::unexpected(mapped.error());
  }
  return client;
}

}  // namespace

core::Result<std::unique_ptr<httplib::ClientImpl>> make_client(const Config& config,
                                                               const TlsIdentity& identity) {
  if (config.server.is_https) return make_tls_client(config, identity);
  return std::make_unique<httplib::ClientImpl>(config.server.host, config.server.port);
}

std::string certificate_error(std::uint64_t verify_result) {
  return X509_verify_cert_error_string(static_cast<long>(verify_result));
}

}  // namespace kube
