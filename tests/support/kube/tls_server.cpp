#include "support/kube/tls_server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>
#include <openssl/ssl.h>

#include <utility>

namespace tests {
namespace {

// Whatever the client shows: who may ask is decided with the request.
int accept_any(int, X509_STORE_CTX*) { return 1; }

}  // namespace

TlsServer::TlsServer(const Certified& certificate) { start(certificate); }

TlsServer::~TlsServer() { stop(); }

std::string TlsServer::url() const { return fmt::format("https://127.0.0.1:{}", port_); }

void TlsServer::present(const Certified& certificate) {
  stop();
  start(certificate);
}

void TlsServer::require_client(std::string common_name) {
  const std::lock_guard lock(mutex_);
  required_client_ = std::move(common_name);
}

void TlsServer::require_token(std::string token) {
  const std::lock_guard lock(mutex_);
  required_token_ = std::move(token);
}

std::vector<std::string> TlsServer::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_;
}

void TlsServer::start(const Certified& certificate) {
  const auto& [chain, key] = certificate;
  server_ = std::make_unique<httplib::SSLServer>(httplib::SSLServer::PemMemory{
      chain.c_str(), chain.size(), key.c_str(), key.size(), nullptr, 0, nullptr});
  auto* context = static_cast<SSL_CTX*>(server_->tls_context());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
  server_->set_tcp_nodelay(true);
  // So long it waits for a client to say goodbye too.
  server_->set_read_timeout(std::chrono::milliseconds(200));
  const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
    handle(request, response);
  };
  server_->Get(".*", serve);
  server_->Post(".*", serve);
  if (port_ == 0) {
    port_ = server_->bind_to_any_port("127.0.0.1");
  } else {
    REQUIRE(server_->bind_to_port("127.0.0.1", port_));
  }
  thread_ = std::jthread([this] { server_->listen_after_bind(); });
  server_->wait_until_ready();
}

void TlsServer::stop() {
  server_->stop();
  thread_.join();
}

void TlsServer::handle(const httplib::Request& request, httplib::Response& response) {
  const auto certificate = request.peer_cert();
  const std::string client = certificate ? certificate.subject_cn() : "";
  const std::lock_guard lock(mutex_);
  clients_.push_back(client);
  const bool is_welcome = (required_client_.empty() || client == required_client_) &&
                          (required_token_.empty() || request.get_header_value("Authorization") ==
                                                          "Bearer " + required_token_);
  response.status = is_welcome ? 200 : 401;
  response.set_content("{}", "application/json");
}

}  // namespace tests
