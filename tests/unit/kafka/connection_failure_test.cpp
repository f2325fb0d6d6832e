#include "kafka/connection_failure.h"

#include <doctest/doctest.h>

namespace {

using core::Reason;
using kafka::connection_failure_from;
using kafka::ConnectionFailure;

TEST_CASE("A line of the library becomes an address and a cause that do not change") {
  struct Row {
    const char* line;
    ConnectionFailure failure;
  };
  for (const auto& row : {
           Row{"127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9 failed: Connection refused "
               "(after "
               "0ms in state CONNECT)",
               {"127.0.0.1:9", "Connection refused"}},
           Row{"kafka:9092/1: Connect to ipv6#[::1]:9092 failed: Connection refused (after 12ms in "
               "state CONNECT, 7 identical error(s) suppressed)",
               {"kafka:9092", "Connection refused"}},
           Row{"[::1]:9/bootstrap: Connect to ipv6#[::1]:9 failed: Connection refused (after 0ms "
               "in "
               "state CONNECT)",
               {"[::1]:9", "Connection refused"}},
           Row{"kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Name or service not known "
               "(after 3ms in state CONNECT)",
               {"kafka:9092", "Name or service not known"}},
           Row{"kafka:9092/bootstrap: Connection setup timed out in state CONNECT (after 3002ms in "
               "state CONNECT)",
               {"kafka:9092", "no answer (a firewall, or not the address of a broker)"}},
           Row{"kafka:9094/bootstrap: Disconnected: connection closed by peer: receive 0 after "
               "POLLIN (after 46ms in state APIVERSION_QUERY)",
               {"kafka:9094",
                "the broker closed the connection; is this a listener for TLS? Then set tls in a "
                "KafkaConnection"}},
           Row{"kafka:9093/bootstrap: Disconnected: connection closed by peer: receive 0 after "
               "POLLIN (after 3ms in state UP)",
               {"kafka:9093",
                "the broker closed the connection; it is stopping, or wants SASL; then set sasl in "
                "a KafkaConnection"}},
           Row{"kafka:80/bootstrap: Receive failed: Invalid response size 1213486160 "
               "(0..100000000): increase receive.message.max.bytes (after 0ms in state "
               "APIVERSION_QUERY)",
               {"kafka:80", "what answers there does not speak Kafka's protocol"}},
           Row{"ssl://kafka:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection "
               "closed by peer: connecting to a PLAINTEXT broker listener? (after 2ms in state "
               "SSL_HANDSHAKE)",
               {"kafka:9092",
                "TLS handshake failed; is this a plaintext listener? Then remove tls"}},
           Row{"sasl_plaintext://kafka:9093/bootstrap: SASL authentication error: Authentication "
               "failed: Invalid username or password (after 305ms in state AUTH_REQ)",
               {"kafka:9093",
                "Kafka refuses the user: Authentication failed: Invalid username or password; "
                "correct the user name or the password",
                true}},
           Row{"ssl://kafka:9095/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 "
               "alert "
               "bad certificate: SSL alert number 42 (after 2ms in state APIVERSION_QUERY)",
               {"kafka:9095", "the broker wants a client certificate; set tls.clientCertificate",
                true}},
           Row{"something new", {"Kafka", "something new"}},
       }) {
    CAPTURE(row.line);
    const auto failure = connection_failure_from(row.line, {});
    CHECK(failure.address == row.failure.address);
    CHECK(failure.cause == row.failure.cause);
    CHECK(failure.is_authentication == row.failure.is_authentication);
  }
}

TEST_CASE("Failures are told by address, whatever their order, and at most three") {
  kafka::ConnectionFailures failures;
  CHECK_FALSE(failures.error());
  for (const auto* address : {"c:1", "a:1", "d:1", "b:1", "a:1"}) {
    failures.record(std::string(address) + "/bootstrap: Connect to x failed: Connection refused");
  }

  CHECK(failures.error() ==
        core::Error{Reason::KafkaUnavailable,
                    "connect to a:1: Connection refused; connect to b:1: Connection refused; "
                    "connect to c:1: Connection refused"});
  CHECK(failures.first_at());
  failures.clear();
  CHECK_FALSE(failures.error());
  CHECK_FALSE(failures.first_at());
}

TEST_CASE("A refused password is NotAuthenticated, whatever the other brokers said") {
  kafka::ConnectionFailures failures;
  failures.record("a:1/bootstrap: Connect to x failed: Connection refused");
  failures.record("sasl_plaintext://b:1/bootstrap: SASL authentication error: no");

  CHECK(failures.error()->reason == Reason::NotAuthenticated);
}

}  // namespace
