#pragma once

#include <string>

#include "core/connection.h"

// The rig's secured listeners: see tests/rig/README.md. Whatever is missing throws.
namespace tests {

std::string rig_variable(const std::string& name);
// Of $KAFKA_TLS_DIR.
std::string rig_file(const std::string& name);

// Ways to them; `listener` is the middle of a variable's name, "SASL_TLS"; empty:
// plaintext.
core::Connection reach_listener(const std::string& listener);
core::Connection with_tls(core::Connection connection, const std::string& ca = "ca.pem");
core::Connection with_client(core::Connection connection, const std::string& certificate,
                             const std::string& key, const std::string& key_password = "");
core::Connection with_user(core::Connection connection, core::SaslMechanism mechanism,
                           const std::string& user, const std::string& password);
core::Connection with_oauth(core::Connection connection, const std::string& url,
                            const std::string& client, const std::string& secret);

}  // namespace tests
