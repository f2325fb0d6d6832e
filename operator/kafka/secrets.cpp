#include "kafka/secrets.h"

#include <algorithm>

namespace kafka {
namespace {

constexpr std::size_t kShortest = 4;
constexpr std::string_view kMask = "***";
// A line of a key in PEM; its first and last lines are no secrets.
constexpr std::size_t kShortestLine = 16;

std::vector<std::string> lines_of_key(std::string_view pem) {
  std::vector<std::string> lines;
  while (!pem.empty()) {
    const auto end = std::min(pem.find('\n'), pem.size());
    const auto line = pem.substr(0, end);
    if (line.size() >= kShortestLine && !line.starts_with("-----")) lines.emplace_back(line);
    pem.remove_prefix(std::min(end + 1, pem.size()));
  }
  return lines;
}

}  // namespace

Secrets::Secrets(const core::Connection& connection) {
  if (connection.tls && connection.tls->client_certificate) {
    add(connection.tls->client_certificate->key_password);
    for (const auto& line : lines_of_key(connection.tls->client_certificate->key)) add(line);
  }
  if (!connection.sasl) return;
  add(connection.sasl->password);
  if (connection.sasl->oauth) add(connection.sasl->oauth->client_secret);
}

void Secrets::add(const std::string& secret) {
  if (secret.size() < kShortest) return;
  const auto longer = [&](const std::string& other) { return other.size() >= secret.size(); };
  const auto place = std::find_if_not(secrets_.begin(), secrets_.end(), longer);
  secrets_.insert(place, secret);
}

std::string Secrets::without(std::string_view text) const {
  std::string clean(text);
  for (const auto& secret : secrets_) {
    for (auto found = clean.find(secret); found != std::string::npos;
         found = clean.find(secret, found + kMask.size())) {
      clean.replace(found, secret.size(), kMask);
    }
  }
  return clean;
}

}  // namespace kafka
