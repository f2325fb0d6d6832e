#include "kube/server_url.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace kube {
namespace {

std::optional<int> port_of(std::string_view digits) {
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return port > 0 && port <= 65535 ? std::optional(port) : std::nullopt;
}

// "host", "host:port", "[::1]" or "[::1]:port" into host and port.
bool set_authority(std::string_view authority, ServerUrl& url) {
  const bool has_brackets = authority.starts_with('[');
  const auto host_end = has_brackets ? authority.find(']') : authority.find(':');
  if (has_brackets && host_end == std::string_view::npos) return false;
  url.host = authority.substr(has_brackets ? 1 : 0, has_brackets ? host_end - 1 : host_end);
  if (host_end == std::string_view::npos) return !url.host.empty();
  std::string_view rest = authority.substr(has_brackets ? host_end + 1 : host_end);
  if (rest.empty()) return !url.host.empty();
  if (!rest.starts_with(':')) return false;
  const auto port = port_of(rest.substr(1));
  url.port = port.value_or(0);
  return port.has_value() && !url.host.empty();
}

}  // namespace

std::string ServerUrl::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string ServerUrl::to_string() const {
  return fmt::format("{}://{}{}", is_https ? "https" : "http", authority(), base_path);
}

core::Result<ServerUrl> parse_server_url(std::string_view text) {
  const auto refuse = [&] {
    return core::fail(core::Reason::InternalError,
                      fmt::format("\"{}\" is no server's URL, like https://10.0.0.1:6443", text));
  };
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  ServerUrl url;
  url.is_https = text.starts_with(kHttps);
  if (!url.is_https && !text.starts_with(kHttp)) return refuse();
  url.port = url.is_https ? 443 : 80;

  const std::string_view rest = text.substr(url.is_https ? kHttps.size() : kHttp.size());
  const auto path = rest.find('/');
  const std::string_view authority = rest.substr(0, path);
  if (rest.find_first_of("?#@ ") != std::string_view::npos) return refuse();
  if (!set_authority(authority, url)) return refuse();
  if (path != std::string_view::npos) url.base_path = rest.substr(path);
  while (url.base_path.ends_with('/')) url.base_path.pop_back();
  return url;
}

}  // namespace kube
