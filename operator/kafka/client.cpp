#include "kafka/client.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "kafka/certificate.h"
#include "kafka/server_certificate.h"
#include "kafka/settings.h"
#include "kafka/words.h"

namespace kafka {
namespace {

// "ssl.cipher.suites failed: ../ssl/ssl_lib.c:2741:SSL_CTX_set_cipher_list error:0A0000B9:SSL
// routines::no cipher match" -> "ssl.cipher.suites failed: no cipher match"
std::string without_place(const std::string& text) {
  const auto place = text.find("failed: ");
  const auto words = text.rfind("routines::");
  if (place == std::string::npos || words == std::string::npos || words < place) return text;
  return text.substr(0, place) + "failed: " + text.substr(words + std::strlen("routines::"));
}

// What the settings are wrong about only together shows when a handle is made of them.
core::Error refusal(const core::Connection& connection, const std::string& why) {
  const auto reason =
      connection.properties.empty() ? core::Reason::InternalError : core::Reason::InvalidSpec;
  const auto* what = connection.properties.empty() ? "start librdkafka" : "properties";
  return {reason, of_connection(connection, fmt::format("{}: {}", what, without_place(why)))};
}

}  // namespace

std::string library_version() { return rd_kafka_version_str(); }

core::Result<void> check_library_version() {
  constexpr int kMinimum = 0x020c0000;  // major, minor, revision, pre-release: a byte each
  if (rd_kafka_version() >= kMinimum) return {};
  return core::fail(core::Reason::InternalError,
                    fmt::format("librdkafka {} is too old: 2.12 or newer is needed, as older ones "
                                "misread the new kinds of consumer groups",
                                library_version()));
}

// Every answer about metadata carries it, and the library asks for some as soon as it is connected:
// so it is at hand, or about to be.
std::string Client::cluster_id() const {
  constexpr int kTimeoutMs = 500;
  char* id = rd_kafka_clusterid(handle(), kTimeoutMs);
  if (id == nullptr) return {};
  std::string copy = id;
  rd_kafka_mem_free(handle(), id);
  return copy;
}

core::Result<void> Client::start(Conf conf, const core::Connection& connection) {
  rd_kafka_conf_set_opaque(conf.get(), &log_);
  rd_kafka_conf_set_log_cb(conf.get(), &LibraryLog::on_line);
  if (connection.tls) rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
  // The library asks there for the next token, and nobody answers: a client is given up before its
  // token ends.
  rd_kafka_conf_enable_sasl_queue(conf.get(), 1);
  // A consumer without group.id: with one, it would look for that group's coordinator by itself,
  // and need a right on it.
  std::array<char, 512> text{};
  handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
  if (!handle_) {
    return tl::unexpected(refusal(connection, log_.without_secrets(text.data())));
  }
  static_cast<void>(conf.release());  // The handle owns it from here on, but not if it failed.

  // What the library has to say beside answers must be taken off its queue, or it piles up.
  queue_.reset(rd_kafka_queue_new(handle()));
  const Queue own(rd_kafka_queue_get_main(handle()));
  rd_kafka_queue_forward(own.get(), queue());
  return {};
}

core::Result<void> Client::show(const Token& token, const core::Connection& connection) {
  using std::chrono::system_clock;
  std::vector<const char*> extensions;
  for (const auto& [name, value] : connection.sasl->oauth->extensions) {
    extensions.push_back(name.c_str());
    extensions.push_back(value.c_str());
  }
  const auto end =
      std::chrono::duration_cast<std::chrono::milliseconds>(token.expires_at.time_since_epoch());
  std::array<char, 512> text{};
  if (rd_kafka_oauthbearer_set_token(handle(), token.value.c_str(), end.count(),
                                     token.principal.c_str(), extensions.data(), extensions.size(),
                                     text.data(), text.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return core::fail(
        core::Reason::InvalidSpec,
        of_connection(connection, "sasl.oauth.extensions: " + log_.without_secrets(text.data())));
  }
  // The rest is for the requests that a client taken at the last moment sends.
  const auto lifetime = (token.expires_at - system_clock::now()) / 5 * 4;
  good_until_ = std::chrono::steady_clock::now() + lifetime;
  return {};
}

core::Result<std::unique_ptr<Client>> Client::open(const core::Connection& connection) {
  if (auto good = check_certificates(connection); !good) {
    return tl::unexpected(std::move(good).error());
  }
  auto conf = configuration_of(connection);
  if (!conf) return tl::unexpected(std::move(conf).error());
  core::Result<Token> token;
  const bool has_token = connection.sasl && connection.sasl->oauth;
  if (has_token) token = fetch_token(connection);
  if (!token) return tl::unexpected(std::move(token).error());
  std::unique_ptr<Client> client(new Client(connection));
  client->log_.add_secret(token->value);
  auto done = client->start(*std::move(conf), connection);
  if (done && has_token) done = client->show(*token, connection);
  if (!done) return tl::unexpected(std::move(done).error());
  return client;
}

}  // namespace kafka
