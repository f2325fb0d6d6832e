#include "kafka/secrets.h"

#include <doctest/doctest.h>

#include "support/certificates.h"

namespace {

using kafka::Secrets;

core::Connection connection_with(const std::string& password) {
  core::Connection connection;
  connection.sasl.emplace().password = password;
  return connection;
}

TEST_CASE("A password is taken out of a text wherever it stands") {
  const Secrets secrets(connection_with("hunter22"));
  CHECK(secrets.without("hunter22, 'hunter22' and xhunter22x") == "***, '***' and x***x");
  CHECK(secrets.without("nothing of it") == "nothing of it");
  CHECK(secrets.without("").empty());
}

TEST_CASE("Every secret of a connection is known, and what is added later") {
  const tests::Authority authority;
  const auto mia = authority.client("mia");
  auto connection = connection_with("of-sasl");
  connection.tls.emplace().client_certificate = {mia.certificate, mia.key, "of-key"};
  connection.sasl->oauth.emplace().client_secret = "of-oauth";
  Secrets secrets(connection);
  secrets.add("of-token");
  CHECK(secrets.without("of-sasl of-key of-oauth of-token") == "*** *** *** ***");
  const auto clean = secrets.without(mia.key);
  for (std::size_t at = 0; at + 20 < mia.key.size(); at += 20) {
    const auto part = mia.key.substr(at, 20);
    if (part.find("-----") != std::string::npos) continue;
    CHECK(clean.find(part) == std::string::npos);
  }
}

TEST_CASE("Of two secrets one in the other, nothing is left") {
  Secrets secrets(connection_with("secret"));
  secrets.add("my-secret-is-longer");
  CHECK(secrets.without("my-secret-is-longer, secret") == "***, ***");
}

TEST_CASE("What is too short to be taken out without being told is left") {
  const Secrets secrets(connection_with("e"));
  CHECK(secrets.without("connect to kafka:9092") == "connect to kafka:9092");
}

}  // namespace
