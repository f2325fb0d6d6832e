#pragma once

#include <array>
#include <string_view>

namespace core {

// The properties of librdkafka that a connection may set, as in the resource definitions (crds/):
// how patient it is with the network. None that holds a credential, names a file, loads a plugin,
// or changes what a reset means.
inline constexpr std::array<std::string_view, 11> kConnectionProperties{
    "broker.address.family",
    "broker.address.ttl",
    "client.dns.lookup",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.nagle.disable",
    "socket.timeout.ms",
    "ssl.cipher.suites",
};

}  // namespace core
