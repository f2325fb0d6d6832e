#pragma once

#include <string>
#include <vector>

#include "core/kafka_connection.h"

// From a connection's spec, and the Secrets that it refers to, to what a client is opened with.
// Pure.
namespace core {

// What has to be read, each once: all of it is in that namespace.
std::vector<Holder> holders_of(const ConnectionSpec& spec, const std::string& namespace_name);

// `credentials` holds what holders_of() names, and the connection's spec is valid. Errors:
// SecretNotFound or ConfigMapNotFound (a key that is not there, or empty). A line end after a user
// name, a password or a client's secret is no part of it: an editor has put it there.
Result<Connection> connect(const KafkaConnection& connection, const std::string& namespace_name,
                           const Credentials& credentials);

// How it authenticates, on one line, for the printed table: "SCRAM-SHA-512 over TLS".
std::string auth_of(const ConnectionSpec& spec);

}  // namespace core
