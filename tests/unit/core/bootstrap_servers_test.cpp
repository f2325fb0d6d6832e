#include "core/bootstrap_servers.h"

#include <doctest/doctest.h>

#include <string>

using core::parse_bootstrap_servers;
using Servers = std::vector<std::string>;

TEST_CASE("equal lists of servers mean the same cluster, in whatever order and spacing") {
  const Servers wanted{"kafka-0:9092", "kafka-1:9092"};
  CHECK(parse_bootstrap_servers("kafka-0:9092,kafka-1:9092").value() == wanted);
  CHECK(parse_bootstrap_servers(" kafka-1:9092 ,kafka-0:9092,kafka-1:9092").value() == wanted);
}

TEST_CASE("hosts, IPv4 and bracketed IPv6 addresses are servers") {
  for (const std::string server :
       {"localhost:1", "10.0.0.1:65535", "[::1]:9092", "[fe80::1%eth0]:9092",
        "my_kafka.some-namespace.svc.cluster.local:9092"}) {
    CAPTURE(server);
    CHECK(parse_bootstrap_servers(server).value() == Servers{server});
  }
}

TEST_CASE("what the library would retry for ever is refused") {
  for (const std::string text :
       {"", ",", "kafka", "kafka:", ":9092", "kafka:0", "kafka:65536", "kafka:9092x", "kafka: 9092",
        "kafka:9092,", "kafka:9092;other:9092", "::1:9092", "[]:9092", "PLAINTEXT://kafka:9092",
        "kafka:+9092", "kafka:-1", "ka fka:9092"}) {
    CAPTURE(text);
    const auto parsed = parse_bootstrap_servers(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().reason == core::Reason::InvalidSpec);
  }
}

TEST_CASE("at most 64 servers are taken") {
  std::string text = "kafka:1";
  for (int port = 2; port <= 64; ++port) text += ",kafka:" + std::to_string(port);
  CHECK(parse_bootstrap_servers(text).has_value());
  CHECK_FALSE(parse_bootstrap_servers(text + ",kafka:65").has_value());
}
