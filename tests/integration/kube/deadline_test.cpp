#include <doctest/doctest.h>

#include "kube/http.h"
#include "support/kube/raw_server.h"

namespace tests {
namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 700ms;
constexpr auto kSlack = 2s;  // that a busy machine may take
constexpr const char* kGood = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

std::string body_of(std::size_t size) { return "\"" + std::string(size, 'x') + "\""; }

// How a request of this method ends at such a server, asked by one client.
struct World {
  base::Metrics metrics;
  RawServer server;
  kube::Http http;

  World(RawServer::Serve serve, const std::string& scheme)
      : server(std::move(serve)),
        http(*kube::config_without_credentials(scheme + "://" + server.authority()), metrics) {}

  kube::Answer send(std::chrono::milliseconds deadline, const std::string& body = "") {
    return http.send({.method = body.empty() ? "GET" : "PUT",
                      .path = "/",
                      .body = body,
                      .deadline = deadline,
                      .answer_limit = 1'000'000});
  }
  void check_that_it_ends(const std::string& body = "") {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = send(kDeadline, body);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 0);
    const auto taken = std::chrono::steady_clock::now() - begun;
    CHECK(std::chrono::duration_cast<std::chrono::milliseconds>(taken).count() <
          std::chrono::milliseconds(kDeadline + kSlack).count());
  }
};

struct Row {
  std::string sentence;
  RawServer::Serve serve;
  std::string scheme = "http";
  std::string body = {};
};

void drip(const RawServer::Connection& connection, const std::string& bytes) {
  for (const char& byte : bytes) {
    if (!connection.send({&byte, 1}) || !connection.wait(100ms)) return;
  }
}

TEST_CASE("a request has ended by its deadline, whatever the server does") {
  using Connection = RawServer::Connection;
  const Row rows[] = {
      {"no answer to the TLS handshake", [](const Connection& c) { c.wait_for_end(); }, "https"},
      {"a TLS handshake of which a byte comes now and then",
       [](const Connection& c) { drip(c, std::string("\x16\x03\x03\x40\x00", 5) + body_of(1000)); },
       "https"},
      {"no answer", [](const Connection& c) { c.wait_for_end(); }},
      {"headers of which a byte comes now and then",
       [](const Connection& c) { drip(c, "HTTP/1.1 200 OK\r\nX-Long: " + body_of(1000)); }},
      {"a body of which a byte comes now and then",
       [](const Connection& c) {
         c.receive_head();
         c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
         drip(c, body_of(1000));
       }},
      {"an error's body that has no end",
       [](const Connection& c) {
         c.receive_head();
         c.send("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n");
         while (c.send("a\r\n0123456789\r\n")) {
         }
       }},
      {"nothing of a large body is read", [](const Connection& c) { c.wait_for_end(); }, "http",
       body_of(std::size_t{32} << 20)},
      {"a large body is read a little now and then",
       [](const Connection& c) {
         while (c.wait(20ms) && !c.receive(100'000).empty()) {
         }
       },
       "http", body_of(std::size_t{32} << 20)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sentence);
    World world(row.serve, row.scheme);
    world.check_that_it_ends(row.body);
  }
}

TEST_CASE("a kept connection knows the deadline of the request, not that of its first one") {
  World world(
      [](const RawServer::Connection& connection) {
        connection.receive_head();
        connection.send(kGood);
        connection.wait_for_end();
      },
      "http");
  CHECK(world.send(1h));
  SUBCASE("no answer") { world.check_that_it_ends(); }
  SUBCASE("nothing is read") { world.check_that_it_ends(body_of(std::size_t{32} << 20)); }
}

TEST_CASE("an answer that has no end is given up when it is too large") {
  World world(
      [](const RawServer::Connection& connection) {
        connection.receive_head();
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (connection.send("a\r\n0123456789\r\n")) {
        }
      },
      "http");
  const auto answer = world.send(60s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message.find("the answer is too large") != std::string::npos);
}

}  // namespace
}  // namespace tests
