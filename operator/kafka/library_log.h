#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "core/connection.h"
#include "kafka/connection_failure.h"
#include "kafka/secrets.h"

namespace kafka {

// Where one handle's log lines go: connection failures to the record of them, and what is not mere
// detail to our log, at most kLinesAMinute (a port that refuses makes 20 lines a second), without
// the connection's secrets. What brokers say that they can do is looked through for what must be
// known. It is the handle's opaque and must outlive it. Thread-safe, add_secret() apart: librdkafka
// calls from its own threads.
class LibraryLog {
 public:
  explicit LibraryLog(const core::Connection& connection);

  static void on_line(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  ConnectionFailures& failures() { return failures_; }
  // Whether a broker has said that it knows OffsetDelete.
  bool knows_offset_delete() const { return knows_offset_delete_; }
  // What brokers' certificates are to be for; empty: the host connected to.
  const std::string& server_name() const { return server_name_; }
  // Another one of the connection. Before the handle is there.
  void add_secret(const std::string& secret) { secrets_.add(secret); }
  std::string without_secrets(std::string_view text) const { return secrets_.without(text); }

 private:
  static constexpr int kLinesAMinute = 10;

  bool may_log();

  const std::string server_name_;
  Secrets secrets_;
  ConnectionFailures failures_;
  std::atomic<bool> knows_offset_delete_{false};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point minute_start_;
  int lines_ = 0;
};

}  // namespace kafka
