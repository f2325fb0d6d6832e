#include "kafka/connection_failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/bootstrap_servers.h"
#include "kafka/words.h"

namespace kafka {
namespace {

using core::Connection;

constexpr std::size_t kAddressesNamed = 3;
constexpr std::string_view kUnverified = "certificate verify failed";

struct Cause {
  std::string words;
  bool is_authentication = false;
};

// "sasl_ssl://kafka-0:9092/1" -> "kafka-0:9092"
std::string_view address_in(std::string_view broker) {
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) {
    broker.remove_prefix(scheme + 3);
  }
  return broker.substr(0, broker.find('/'));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What follows the last `part`; none if there is no such part.
std::optional<std::string_view> after(std::string_view text, std::string_view part) {
  const auto found = text.rfind(part);
  if (found == std::string_view::npos) return std::nullopt;
  return text.substr(found + part.size());
}

// "Connect to ipv4#127.0.0.1:9 failed: Connection refused" -> "Connection refused", and the same
// for "Failed to resolve 'kafka-0:9092': Name or service not known" and for what OpenSSL says.
std::string_view innermost(std::string_view text) {
  for (const auto& [start, end] :
       {std::pair<std::string_view, std::string_view>{"Connect to ", " failed: "},
        {"Failed to resolve ", "': "},
        {"", "SSL routines::"}}) {
    if (!text.starts_with(start)) continue;
    if (const auto inner = after(text, end)) return *inner;
  }
  return text;
}

std::string user_of(const Connection& connection) {
  return connection.sasl && !connection.sasl->username.empty() ? "user " + connection.sasl->username
                                                               : "the user";
}

// "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported
// mechanisms: OAUTHBEARER". Where a listener has no SASL, it does not know the request.
std::optional<Cause> handshake_refusal(std::string_view text) {
  if (!contains(text, "mechanism handshake failed")) return std::nullopt;
  if (contains(text, "not valid in current SASL state")) {
    return Cause{"this listener has no SASL; connect to one that has, or remove sasl", true};
  }
  const auto offered = after(text, "supported mechanisms: ");
  if (!contains(text, "Unsupported SASL mechanism") || !offered) return std::nullopt;
  const auto mechanism = text.substr(5, text.find(" mechanism handshake") - 5);
  return Cause{fmt::format("this listener does not offer {}, but {}; set sasl.mechanism to one of "
                           "its own",
                           mechanism, *offered),
               true};
}

// "SASL authentication error: Authentication failed: Invalid username or password"
std::optional<Cause> credentials_refusal(std::string_view text, const Connection& connection) {
  const auto said = after(text, "SASL authentication error: ");
  if (!said) return std::nullopt;
  if (connection.sasl && connection.sasl->oauth) {
    return Cause{
        fmt::format("Kafka refuses the token of client {}: {}; issuer, audience, scope and "
                    "signature must be as the brokers expect",
                    connection.sasl->oauth->client_id, *said),
        true};
  }
  return Cause{fmt::format("Kafka refuses {}: {}; correct the user name or the password",
                           user_of(connection), *said),
               true};
}

// A broker's alert about what the client has shown, or not. With TLS 1.3 it comes after the
// handshake. Java says "bad certificate" for all of it.
std::optional<Cause> certificate_refusal(std::string_view text, const Connection& connection) {
  constexpr std::array<std::string_view, 7> kAlerts{
      "alert bad certificate",        "alert certificate unknown", "certificate required",
      "alert certificate expired",    "alert certificate revoked", "alert unknown ca",
      "alert unsupported certificate"};
  const bool is_alert = std::any_of(kAlerts.begin(), kAlerts.end(),
                                    [&](std::string_view alert) { return contains(text, alert); });
  if (!is_alert) return std::nullopt;
  if (connection.tls && connection.tls->client_certificate) {
    return Cause{
        "the broker refuses the client certificate; tls.clientCertificate must be from an "
        "authority that the brokers trust, and valid",
        true};
  }
  return Cause{"the broker wants a client certificate; set tls.clientCertificate", true};
}

// The same, however far the library was: "Send failed: Broken pipe", "Receive failed: Connection
// reset by peer", "Disconnected: connection closed by peer".
bool is_disconnection(std::string_view text) {
  const bool is_transfer = text.starts_with("Send failed") || text.starts_with("Receive failed");
  return contains(text, "Disconnected") ||
         (is_transfer && (contains(text, "Broken pipe") || contains(text, "reset by peer")));
}

// A broker that closes a connection before it answered anything takes it for another protocol. It
// may as well be stopping: so these are no more than questions.
std::optional<Cause> disconnection(std::string_view text, const Connection& connection) {
  if (!is_disconnection(text)) return std::nullopt;
  if (contains(text, "in state SSL_HANDSHAKE")) {
    return Cause{"TLS handshake failed; is this a plaintext listener? Then remove tls"};
  }
  const bool is_first_answer = contains(text, "in state APIVERSION_QUERY");
  if (is_first_answer && !connection.tls) {
    return Cause{
        "the broker closed the connection; is this a listener for TLS? Then set tls in a "
        "KafkaConnection"};
  }
  if (is_first_answer) {
    return Cause{
        "the broker closed the connection; it is stopping, or wants another client "
        "certificate"};
  }
  if (connection.sasl) return Cause{"the broker closed the connection; it is stopping"};
  return Cause{
      "the broker closed the connection; it is stopping, or wants SASL; then set sasl in a "
      "KafkaConnection"};
}

std::optional<Cause> other_port(std::string_view text) {
  if (contains(text, "setup timed out")) {
    return Cause{"no answer (a firewall, or not the address of a broker)"};
  }
  if (contains(text, "Invalid response size")) {
    return Cause{"what answers there does not speak Kafka's protocol"};
  }
  return std::nullopt;
}

// `text` still has its end, " (after 5ms in state UP)".
Cause cause_in(std::string_view text, const Connection& connection) {
  const auto essence = text.substr(0, text.rfind(" (after "));
  if (auto cause = handshake_refusal(essence)) return *cause;
  if (auto cause = credentials_refusal(essence, connection)) return *cause;
  if (auto cause = certificate_refusal(essence, connection)) return *cause;
  if (auto cause = disconnection(text, connection)) return *cause;
  if (auto cause = other_port(text)) return *cause;
  const bool is_authentication = essence.starts_with("SASL") || contains(essence, "certificate");
  return {std::string(innermost(essence)), is_authentication};
}

}  // namespace

ConnectionFailure connection_failure_from(std::string_view line, const Connection& connection) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return {"Kafka", std::string(line)};
  auto cause = cause_in(line.substr(colon + 2), connection);
  return {std::string(address_in(line.substr(0, colon))), std::move(cause.words),
          cause.is_authentication};
}

ConnectionFailures::ConnectionFailures(Connection connection)
    : connection_(std::move(connection)) {}

// Some attempts of one request can end with less than others, as when a broker closes before its
// alert was read: what says what to mend stays.
void ConnectionFailures::keep(ConnectionFailure failure) {
  const auto [known, is_new] = by_address_.try_emplace(failure.address, failure);
  if (is_new || (known->second.is_authentication && !failure.is_authentication)) return;
  known->second = std::move(failure);
}

void ConnectionFailures::record(std::string_view line) {
  auto failure = connection_failure_from(line, connection_);
  const std::lock_guard lock(mutex_);
  if (!first_at_) first_at_ = Clock::now();
  const auto fault = certificate_faults_.find(failure.address);
  if (fault != certificate_faults_.end() && contains(line, kUnverified)) {
    failure.cause = fault->second;
  }
  keep(std::move(failure));
}

void ConnectionFailures::note_certificate(const std::string& address, std::string fault) {
  const std::lock_guard lock(mutex_);
  certificate_faults_.insert_or_assign(address, std::move(fault));
}

void ConnectionFailures::clear() {
  const std::lock_guard lock(mutex_);
  first_at_.reset();
  by_address_.clear();
}

std::optional<ConnectionFailures::Clock::time_point> ConnectionFailures::first_at() const {
  const std::lock_guard lock(mutex_);
  return first_at_;
}

bool ConnectionFailures::is_everywhere(
    const std::function<bool(const ConnectionFailure&)>& matches) const {
  const auto servers = core::parse_bootstrap_servers(connection_.bootstrap_servers);
  if (!servers) return false;
  const std::lock_guard lock(mutex_);
  return std::all_of(servers->begin(), servers->end(), [&](const std::string& server) {
    const auto failure = by_address_.find(server);
    return failure != by_address_.end() && matches(failure->second);
  });
}

bool ConnectionFailures::has_failed_everywhere() const {
  return is_everywhere([](const ConnectionFailure&) { return true; });
}

bool ConnectionFailures::is_refused_everywhere() const {
  return is_everywhere([](const ConnectionFailure& failure) { return failure.is_authentication; });
}

std::optional<core::Error> ConnectionFailures::error() const {
  const std::lock_guard lock(mutex_);
  if (by_address_.empty()) return std::nullopt;
  core::Error error{core::Reason::KafkaUnavailable, {}};
  std::size_t named = 0;
  for (const auto& [address, failure] : by_address_) {
    if (failure.is_authentication) error.reason = core::Reason::NotAuthenticated;
    if (++named > kAddressesNamed) continue;
    fmt::format_to(std::back_inserter(error.message), "{}connect to {}: {}", named == 1 ? "" : "; ",
                   address, failure.cause);
  }
  error.message = of_connection(connection_, error.message);
  return error;
}

}  // namespace kafka
