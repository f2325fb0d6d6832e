#pragma once

#include <string>
#include <string_view>

#include "core/reason.h"

namespace kube {

// Where an API server listens: https://10.0.0.1:6443/clusters/east.
struct ServerUrl {
  bool is_https = true;
  std::string host;  // a name, or an address; IPv6 without brackets
  int port = 443;
  std::string base_path;  // "" or "/clusters/east"

  bool operator==(const ServerUrl&) const = default;

  std::string authority() const;  // host:port, IPv6 in brackets
  std::string to_string() const;
};

// http or https, a host, perhaps a port and a path; nothing else.
core::Result<ServerUrl> parse_server_url(std::string_view text);

}  // namespace kube
