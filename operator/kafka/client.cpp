#include "kafka/client.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "kafka/certificate.h"
#include "kafka/server_certificate.h"
#include "kafka/settings.h"
#include "kafka/words.h"

namespace kafka {
namespace {

// What the settings are wrong about only together shows when a handle is made of them.
core::Error refusal(const core::Connection& connection, const std::string& why) {
  const auto reason =
      connection.properties.empty() ? core::Reason::InternalError : core::Reason::InvalidSpec;
  const auto* what = connection.properties.empty() ? "start librdkafka" : "properties";
  return {reason, of_connection(connection, fmt::format("{}: {}", what, why))};
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

core::Result<std::unique_ptr<Client>> Client::open(const core::Connection& connection) {
  if (auto good = check_certificates(connection); !good) {
    return tl::unexpected(std::move(good).error());
  }
  auto conf = configuration_of(connection);
  if (!conf) return tl::unexpected(std::move(conf).error());
  std::unique_ptr<Client> client(new Client(connection));
  if (auto done = client->start(*std::move(conf), connection); !done) {
    return tl::unexpected(std::move(done).error());
  }
  return client;
}

}  // namespace kafka
