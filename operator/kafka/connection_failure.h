#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/connection.h"
#include "core/reason.h"

namespace kafka {

// Why there is no connection to a broker.
struct ConnectionFailure {
  std::string address;             // host:port, as configured or as the cluster advertises it
  std::string cause;               // "Connection refused", or what is wrong and what to do
  bool is_authentication = false;  // a person has to mend it

  bool operator==(const ConnectionFailure&) const = default;
};

// Takes librdkafka's line apart (seen in 2.14): "127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9
// failed: Connection refused (after 0ms in state CONNECT)". What differs from one attempt to the
// next (times, counts, which address of a name) is left out, as each new text is a status write.
// The connection decides what a line means: without a client certificate an alert asks for one.
ConnectionFailure connection_failure_from(std::string_view line,
                                          const core::Connection& connection);

// The failures of one handle since the request began. A request over a broken connection ends only
// as "timed out", with the true reason in the log: so it is taken from there. Thread-safe.
class ConnectionFailures {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ConnectionFailures(core::Connection connection = {});

  void record(std::string_view line);
  // What is wrong with the certificate of the broker there. The library's line, which follows, says
  // only that something is.
  void note_certificate(const std::string& address, std::string fault);
  void clear();
  std::optional<Clock::time_point> first_at() const;
  // Whether no server of the connection's list is left that has not failed.
  bool has_failed_everywhere() const;
  // Whether every one has refused the connection as it is: to wait for more changes nothing, and
  // some lock users out after a few wrong passwords.
  bool is_refused_everywhere() const;
  // "connect to a:9092: Connection refused; connect to b:9092: ..."; none if nothing failed.
  std::optional<core::Error> error() const;

 private:
  void keep(ConnectionFailure failure);
  bool is_everywhere(const std::function<bool(const ConnectionFailure&)>& matches) const;

  const core::Connection connection_;
  mutable std::mutex mutex_;
  std::optional<Clock::time_point> first_at_;
  std::map<std::string, ConnectionFailure> by_address_;    // the latest of each that tells most
  std::map<std::string, std::string> certificate_faults_;  // by address
};

}  // namespace kafka
