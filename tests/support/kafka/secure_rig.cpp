#include "support/kafka/secure_rig.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace tests {

using core::Connection;

std::string rig_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    throw std::runtime_error(name + " is not set: start the rig with --secure, see scripts/rig");
  }
  return value;
}

std::string rig_file(const std::string& name) {
  const auto path = rig_variable("KAFKA_TLS_DIR") + "/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no file " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Connection reach_listener(const std::string& listener) {
  Connection connection;
  connection.name = "KafkaConnection payments/prod";
  connection.bootstrap_servers =
      rig_variable(listener.empty() ? "KAFKA_BOOTSTRAP" : "KAFKA_" + listener + "_BOOTSTRAP");
  return connection;
}

Connection with_tls(Connection connection, const std::string& ca) {
  connection.tls.emplace().ca = rig_file(ca);
  return connection;
}

Connection with_client(Connection connection, const std::string& certificate,
                       const std::string& key, const std::string& key_password) {
  connection.tls->client_certificate = {rig_file(certificate), rig_file(key), key_password};
  return connection;
}

Connection with_user(Connection connection, core::SaslMechanism mechanism, const std::string& user,
                     const std::string& password) {
  connection.sasl = core::Sasl{mechanism, user, password, {}};
  return connection;
}

Connection with_oauth(Connection connection, const std::string& url, const std::string& client,
                      const std::string& secret) {
  core::OAuth oauth;
  oauth.token_endpoint_url = url;
  oauth.client_id = client;
  oauth.client_secret = secret;
  connection.sasl = core::Sasl{core::SaslMechanism::OAuthBearer, {}, {}, std::move(oauth)};
  return connection;
}

}  // namespace tests
