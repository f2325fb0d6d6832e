#include "kafka/connection_failure.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace kafka {
namespace {

constexpr std::size_t kAddressesNamed = 3;

// What a cause is told as: the first text that the line contains decides. A broker that closes a
// connection before it answered anything takes it for another protocol.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPlainWords{{
    {"setup timed out", "no answer (a firewall, or not the address of a broker)"},
    {"SSL connection closed by peer", "TLS handshake failed; is this a plaintext listener?"},
    {"Invalid response size", "what answers there does not speak Kafka's protocol"},
    {"in state APIVERSION_QUERY", "the broker closed the connection; is this a listener for TLS?"},
    {"Disconnected", "the broker closed the connection; it is stopping, or wants SASL"},
}};

// "sasl_ssl://kafka-0:9092/1" -> "kafka-0:9092"
std::string_view address_in(std::string_view broker) {
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) {
    broker.remove_prefix(scheme + 3);
  }
  return broker.substr(0, broker.find('/'));
}

// "Connect to ipv4#127.0.0.1:9 failed: Connection refused" -> "Connection refused", and the same
// for "Failed to resolve 'kafka-0:9092': Name or service not known".
std::string_view innermost(std::string_view text) {
  for (const auto& [start, end] :
       {std::pair<std::string_view, std::string_view>{"Connect to ", " failed: "},
        {"Failed to resolve ", "': "}}) {
    const auto found = text.starts_with(start) ? text.find(end) : std::string_view::npos;
    if (found != std::string_view::npos) return text.substr(found + end.size());
  }
  return text;
}

bool is_about_authentication(std::string_view cause) {
  return cause.starts_with("SASL") || cause.find("certificate") != std::string_view::npos;
}

std::string_view in_plain_words(std::string_view cause) {
  for (const auto& [part, words] : kPlainWords) {
    if (cause.find(part) != std::string_view::npos && !is_about_authentication(cause)) return words;
  }
  return innermost(cause.substr(0, cause.rfind(" (after ")));
}

}  // namespace

ConnectionFailure connection_failure_from(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return {"Kafka", std::string(line)};
  const auto cause = line.substr(colon + 2);
  return {std::string(address_in(line.substr(0, colon))), std::string(in_plain_words(cause)),
          is_about_authentication(cause)};
}

void ConnectionFailures::record(std::string_view line) {
  auto failure = connection_failure_from(line);
  const std::lock_guard lock(mutex_);
  if (!first_at_) first_at_ = Clock::now();
  auto address = failure.address;
  by_address_.insert_or_assign(std::move(address), std::move(failure));
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
  return error;
}

}  // namespace kafka
