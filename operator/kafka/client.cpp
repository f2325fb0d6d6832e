#include "kafka/client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "core/bootstrap_servers.h"

namespace kafka {
namespace {

using Setting = std::pair<const char*, const char*>;

constexpr std::array<Setting, 14> kSettings{{
    {"client.id", "offset-reset-operator"},
    // The default of 100 ms stalls a fresh handle's connection to the coordinator by 50 ms (2.14).
    {"reconnect.backoff.ms", "10"},
    {"reconnect.backoff.max.ms", "1000"},
    // With the default of 30 s an address that swallows packets gives no reason for half a minute.
    {"socket.connection.setup.timeout.ms", "3000"},
    {"socket.keepalive.enable", "true"},
    // Looking at a topic must never make it.
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.metrics.push", "false"},
    // Of commit_history: the log's end is told, and open transactions don't hide what is behind
    // them.
    {"enable.partition.eof", "true"},
    {"isolation.level", "read_uncommitted"},
    // Connection failures are read from the log: at level 6 is that of a wrong listener.
    {"log_level", "6"},
    {"log.connection.close", "true"},
    // What a broker can do is nowhere to be had but in the log; see apply() in admin.cpp.
    {"debug", "feature"},
    {"log.thread.name", "false"},
}};

core::Result<void> set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, name, value, text.data(), text.size()) == RD_KAFKA_CONF_OK) return {};
  return core::fail(core::Reason::InternalError,
                    fmt::format("configure librdkafka: {}: {}", name, text.data()));
}

core::Result<void> apply_settings(rd_kafka_conf_t* conf, const std::string& bootstrap_servers) {
  // librdkafka takes any text for a list of servers, and then retries for ever.
  const auto servers = core::parse_bootstrap_servers(bootstrap_servers);
  if (!servers) return tl::unexpected(servers.error());
  const auto list = fmt::format("{}", fmt::join(*servers, ","));
  if (auto done = set(conf, "bootstrap.servers", list.c_str()); !done) return done;
  for (const auto& [name, value] : kSettings) {
    if (auto done = set(conf, name, value); !done) return done;
  }
  return {};
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

core::Result<std::unique_ptr<Client>> Client::open(const core::Connection& connection) {
  std::unique_ptr<Client> client(new Client);
  Conf conf(rd_kafka_conf_new());
  if (auto done = apply_settings(conf.get(), connection.bootstrap_servers); !done) {
    return tl::unexpected(std::move(done).error());
  }
  rd_kafka_conf_set_opaque(conf.get(), &client->log_);
  rd_kafka_conf_set_log_cb(conf.get(), &LibraryLog::on_line);

  // A consumer without group.id: with one, it would look for that group's coordinator by itself,
  // and need a right on it.
  std::array<char, 512> text{};
  client->handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
  if (!client->handle_) {
    return core::fail(core::Reason::InternalError,
                      fmt::format("start librdkafka: {}", text.data()));
  }
  static_cast<void>(conf.release());  // The handle owns it from here on, but not if it failed.

  // What the library has to say beside answers must be taken off its queue, or it piles up.
  client->queue_.reset(rd_kafka_queue_new(client->handle()));
  const Queue own(rd_kafka_queue_get_main(client->handle()));
  rd_kafka_queue_forward(own.get(), client->queue());
  return client;
}

}  // namespace kafka
