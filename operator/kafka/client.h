#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/connection.h"
#include "core/reason.h"
#include "kafka/handle.h"
#include "kafka/library_log.h"
#include "kafka/oauth_token.h"

namespace kafka {

// The version of librdkafka: "2.14.2".
std::string library_version();
// An error if it is older than 2.12, the first whose admin calls behave as this folder expects.
core::Result<void> check_library_version();

// A configured handle on one cluster. It connects when the first request needs it. For one thread
// at a time; destroying it can take seconds.
class Client {
 public:
  // With OAuth it asks for a token first, which can take 4 s. Errors: InvalidSpec; NotAuthenticated
  // where what the connection holds can't be right, or no token is given for it; KafkaUnavailable
  // where a token can't be had for now.
  static core::Result<std::unique_ptr<Client>> open(const core::Connection& connection);

  rd_kafka_t* handle() const { return handle_.get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }  // answers come here
  // As the brokers say it. Empty if they don't; known as soon as one of them has answered.
  std::string cluster_id() const;
  // Whether commits can be deleted here; known as soon as there was an answer to anything.
  bool can_delete_commits() const { return log_.knows_offset_delete(); }
  ConnectionFailures& failures() { return log_.failures(); }
  // How many partitions the topic of committed offsets has, once that was asked for; 0: not told.
  std::optional<std::int32_t>& offsets_partitions() { return offsets_partitions_; }
  // What it shows to brokers has its end soon: another one is to be opened.
  bool is_outdated() const { return std::chrono::steady_clock::now() >= good_until_; }

 private:
  explicit Client(const core::Connection& connection) : log_(connection) {}

  core::Result<void> start(Conf conf, const core::Connection& connection);
  core::Result<void> show(const Token& token, const core::Connection& connection);

  LibraryLog log_;  // outlives the handle, which writes to it
  Handle handle_;
  Queue queue_;  // goes before the handle
  std::optional<std::int32_t> offsets_partitions_;
  std::chrono::steady_clock::time_point good_until_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace kafka
