#include "core/bootstrap_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace core {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stop == end && port >= 1 && port <= 65535;
}

bool consists_of(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [also](unsigned char c) {
    return std::isalnum(c) != 0 || also.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return consists_of(text.substr(1, text.size() - 2), ":.%");
  }
  return text.size() <= 253 && consists_of(text, "-._");
}

bool is_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && is_host(text.substr(0, colon)) &&
         is_port(text.substr(colon + 1));
}

}  // namespace

Result<std::vector<std::string>> parse_bootstrap_servers(std::string_view text) {
  std::vector<std::string> servers;
  for (std::size_t start = 0; start <= text.size();) {
    const auto comma = std::min(text.find(',', start), text.size());
    const auto server = trimmed(text.substr(start, comma - start));
    if (!is_host_and_port(server)) {
      return fail(Reason::InvalidSpec,
                  fmt::format("spec.bootstrapServers: \"{}\" is no host:port; write for example "
                              "kafka-0:9092,kafka-1:9092 (an IPv6 address in brackets)",
                              server));
    }
    servers.emplace_back(server);
    start = comma + 1;
  }
  if (servers.size() > kMaxBootstrapServers) {
    return fail(Reason::InvalidSpec,
                fmt::format("spec.bootstrapServers: {} servers; write at most {}", servers.size(),
                            kMaxBootstrapServers));
  }
  std::sort(servers.begin(), servers.end());
  servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
  return servers;
}

}  // namespace core
