#include "support/kafka/token_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kafka/handle.h"
#include "support/kafka/secure_rig.h"

namespace tests {
namespace {

using kafka::Destroy;
using Bio = std::unique_ptr<BIO, Destroy<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Destroy<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Destroy<EVP_MD_CTX_free>>;

constexpr auto kSecret = "oauth-secret";

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// RFC 4648, 5, without padding.
std::string base64url(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text.substr(0, std::min(text.find('='), text.size() - 1));
}

std::string signature_of(const std::string& text, EVP_PKEY* key) {
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    throw std::runtime_error("a token can't be signed");
  }
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(digest.get(), out, &size, bytes, text.size()) != 1) {
    throw std::runtime_error("a token can't be signed");
  }
  signature.resize(size);
  return signature;
}

std::string token(const std::string& client, std::int64_t lifetime_seconds, EVP_PKEY* key) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const nlohmann::json header{{"alg", "RS256"}, {"kid", "rig"}, {"typ", "JWT"}};
  const nlohmann::json claims{{"iss", "rig"},
                              {"aud", client == "elsewhere" ? "another" : "kafka"},
                              {"sub", "oscar"},
                              {"iat", now},
                              {"exp", now + lifetime_seconds}};
  const auto text = base64url(header.dump()) + "." + base64url(claims.dump());
  auto signature = signature_of(text, key);
  if (client == "forger") signature[0] = static_cast<char>(signature[0] ^ 1);
  return text + "." + base64url(signature);
}

void refuse(httplib::Response& response, int status, const nlohmann::json& body) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

}  // namespace

struct TokenServer::State {
  Key key = read_key(rig_file("token.key"));
  std::atomic<int> requests{0};

  void answer(const httplib::Request& request, httplib::Response& response) {
    ++requests;
    const auto client = client_in(request);
    if (client == "broken") return refuse(response, 503, {{"error", "told-secret"}});
    if (client == "chatty") {
      return refuse(response, 401, {{"error", "told-secret"}, {"error_description", kSecret}});
    }
    if (client.empty() || request.get_param_value("grant_type") != "client_credentials") {
      return refuse(response, 401, {{"error", "invalid_client"}});
    }
    if (request.has_param("scope") && request.get_param_value("scope") != "reset") {
      return refuse(response, 400, {{"error", "invalid_scope"}});
    }
    constexpr std::int64_t kLifetime = 300;
    const nlohmann::json body{{"access_token", token(client, kLifetime, key.get())},
                              {"token_type", "Bearer"},
                              {"expires_in", client == "brief" ? 4 : kLifetime}};
    response.set_content(body.dump(), "application/json");
  }

  // Empty: it has not shown its secret.
  static std::string client_in(const httplib::Request& request) {
    for (const auto* client : {"elsewhere", "forger", "brief", "broken", "chatty", "resetter"}) {
      const auto [name, credentials] = httplib::make_basic_authentication_header(client, kSecret);
      if (request.get_header_value(name) == credentials) return client;
    }
    return {};
  }
};

TokenServer::TokenServer(Scheme scheme) : state_(std::make_unique<State>()) {
  if (scheme == Scheme::Https) {
    const auto folder = rig_variable("KAFKA_TLS_DIR");
    server_ = std::make_unique<httplib::SSLServer>((folder + "/server.pem").c_str(),
                                                   (folder + "/server.key").c_str());
  } else {
    server_ = std::make_unique<httplib::Server>();
  }
  server_->Post("/token", [this](const httplib::Request& request, httplib::Response& response) {
    state_->answer(request, response);
  });
  const int port = server_->bind_to_any_port("127.0.0.1");
  if (port < 0) throw std::runtime_error("no port for a token server");
  url_ = fmt::format("{}://127.0.0.1:{}/token", scheme == Scheme::Https ? "https" : "http", port);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  server_->wait_until_ready();
}

TokenServer::~TokenServer() {
  server_->stop();
  thread_.join();
}

int TokenServer::requests() const { return state_->requests; }

}  // namespace tests
