#include "kafka/oauth_token.h"

#include <doctest/doctest.h>

#include "kafka/json_web_token.h"

namespace {

using namespace std::chrono_literals;
using core::Reason;
using kafka::plain_url;

const std::chrono::system_clock::time_point kNow{1'790'000'000s};
// {"sub":"oscar","exp":1790000600}
constexpr auto kJwt = "e30.eyJzdWIiOiJvc2NhciIsImV4cCI6MTc5MDAwMDYwMH0.c2ln";

core::Connection connection() {
  core::Connection connection;
  connection.name = "KafkaConnection payments/prod";
  auto& oauth = connection.sasl.emplace().oauth.emplace();
  oauth.token_endpoint_url = "https://login.example.com/token";
  oauth.client_id = "resetter";
  return connection;
}

core::Result<kafka::Token> token_in(long status, const std::string& body) {
  return kafka::token_in({status, body}, connection(), kNow);
}

std::string with_token(const std::string& rest) {
  return "{\"access_token\":\"" + std::string(kJwt) + "\"" + rest + "}";
}

TEST_CASE("A token has its lifetime from the answer or from itself, else a usual one") {
  CHECK(token_in(200, with_token(",\"expires_in\":60"))->expires_at == kNow + 60s);
  CHECK(token_in(200, with_token(",\"expires_in\":\"60\""))->expires_at == kNow + 60s);
  CHECK(token_in(200, with_token(""))->expires_at == kNow + 600s);
  CHECK(token_in(200, with_token(",\"expires_in\":null"))->expires_at == kNow + 600s);
  CHECK(token_in(200, R"({"access_token":"opaque"})")->expires_at == kNow + 300s);
  CHECK(token_in(200, with_token(",\"expires_in\":3600"))->expires_at == kNow + 600s);
  CHECK(token_in(200, R"({"access_token":"opaque","expires_in":1e300})")->expires_at ==
        kNow + 365 * 24h);
}

TEST_CASE("A token is of its subject, or of the client") {
  CHECK(token_in(200, with_token(""))->principal == "oscar");
  CHECK(token_in(200, with_token(""))->value == kJwt);
  CHECK(token_in(200, R"({"access_token":"opaque"})")->principal == "resetter");
}

TEST_CASE("An answer without a good token is told, and not what it holds") {
  for (const auto& body :
       {std::string("planted-secret"), std::string("[]"), std::string(R"({"access_token":1})"),
        std::string(R"({"access_token":""})"), std::string(R"({"access_token":"a b\u0000"})"),
        std::string("{\"access_token\":\"planted-secret\n\"}"), std::string()}) {
    CAPTURE(body);
    const auto token = token_in(200, body);
    REQUIRE_FALSE(token);
    CHECK(token.error() ==
          core::Error{Reason::NotAuthenticated,
                      "KafkaConnection payments/prod: the token endpoint "
                      "https://login.example.com/token answers without a token; correct "
                      "sasl.oauth.tokenEndpointUrl"});
  }
  CHECK(token_in(200, with_token(",\"expires_in\":0")).error().reason == Reason::NotAuthenticated);
  CHECK(token_in(200, with_token(",\"expires_in\":-5")).error().reason == Reason::NotAuthenticated);
}

TEST_CASE("Of a refusal only the code of the RFC is told") {
  const auto message = [](long status, const std::string& body) {
    const auto token = token_in(status, body);
    REQUIRE_FALSE(token);
    return token.error();
  };
  const std::string start =
      "KafkaConnection payments/prod: the token endpoint https://login.example.com/token ";
  CHECK(message(401, R"({"error":"invalid_client","error_description":"planted-secret"})") ==
        core::Error{Reason::NotAuthenticated,
                    start + "refuses client resetter (invalid_client, HTTP status 401); correct "
                            "the client's id, secret or scope"});
  for (const auto* body : {R"({"error":"planted-secret"})", "planted-secret", "", "[1]",
                           R"({"error":{"error":"invalid_client"}})"}) {
    CHECK(message(400, body).message ==
          start +
              "refuses client resetter (HTTP status 400); correct the client's id, secret or "
              "scope");
  }
  for (const long status : {408L, 429L, 500L, 503L}) {
    CHECK(message(status, "planted-secret").reason == Reason::KafkaUnavailable);
    CHECK(message(status, "planted-secret").message.find("planted") == std::string::npos);
  }
  CHECK(message(302, "").message.find("answers with HTTP status 302") != std::string::npos);
}

TEST_CASE("A URL is told without what may be secret in it") {
  CHECK(plain_url("https://login.example.com:8443/token") ==
        "https://login.example.com:8443/token");
  CHECK(plain_url("https://user:planted@login.example.com/token?key=planted#planted") ==
        "https://login.example.com/token");
  CHECK(plain_url("https://login.example.com/a@b") == "https://login.example.com/a@b");
  CHECK(plain_url("planted@host") == "host");
}

TEST_CASE("The claims of what is no token are null") {
  CHECK(kafka::claims_in(kJwt)["sub"] == "oscar");
  for (const auto* text :
       {"", "opaque", "a.b", "..", "a.!.c", "e30.e.e", "e30.MQ.e", "a.bbbbb.c"}) {
    CAPTURE(text);
    CHECK(kafka::claims_in(text).is_null());
  }
}

}  // namespace
