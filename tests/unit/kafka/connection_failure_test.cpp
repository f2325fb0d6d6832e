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
           Row{"kafka:9093/bootstrap: Send failed: Broken pipe (after 0ms in state UP)",
               {"kafka:9093",
                "the broker closed the connection; it is stopping, or wants SASL; then set sasl in "
                "a KafkaConnection"}},
           Row{"kafka:9094/bootstrap: Receive failed: Connection reset by peer (after 0ms in state "
               "APIVERSION_QUERY)",
               {"kafka:9094",
                "the broker closed the connection; is this a listener for TLS? Then set tls in a "
                "KafkaConnection"}},
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

// A connection's own, without and with TLS.
core::Connection of_alice(bool has_tls) {
  core::Connection connection;
  connection.name = "KafkaConnection payments/prod";
  connection.bootstrap_servers = "a:1,b:1";
  connection.sasl.emplace().username = "alice";
  if (has_tls) connection.tls.emplace().client_certificate.emplace();
  return connection;
}

TEST_CASE("What a line means depends on the connection") {
  struct Row {
    core::Connection connection;
    const char* cause;
    const char* words;
    bool is_authentication;
  };
  auto oauth = of_alice(false);
  oauth.sasl->oauth.emplace().client_id = "resetter";
  for (const auto& row : {
           Row{of_alice(false),
               "SASL authentication error: Authentication failed: Invalid username or password "
               "(after 301ms in state AUTH_REQ, 1 identical error(s) suppressed)",
               "Kafka refuses user alice: Authentication failed: Invalid username or password; "
               "correct the user name or the password",
               true},
           Row{oauth,
               "SASL authentication error: {\"status\":\"invalid_token\"} (after 301ms in state "
               "AUTH_REQ)",
               "Kafka refuses the token of client resetter: {\"status\":\"invalid_token\"}; "
               "issuer, audience, scope and signature must be as the brokers expect",
               true},
           Row{of_alice(false),
               "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: "
               "broker's supported mechanisms: PLAIN,OAUTHBEARER (after 300ms in state "
               "AUTH_HANDSHAKE)",
               "this listener does not offer SCRAM-SHA-512, but PLAIN,OAUTHBEARER; set "
               "sasl.mechanism to one of its own",
               true},
           Row{of_alice(false),
               "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL "
               "state: broker's supported mechanisms:  (after 0ms in state AUTH_HANDSHAKE)",
               "this listener has no SASL; connect to one that has, or remove sasl", true},
           Row{of_alice(true),
               "Receive failed: ../ssl/record/rec_layer_s3.c:1601:ssl3_read_bytes "
               "error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42 "
               "(after 0ms in state APIVERSION_QUERY)",
               "the broker refuses the client certificate; tls.clientCertificate must be from an "
               "authority that the brokers trust, and valid",
               true},
           Row{of_alice(true),
               "Disconnected: SSL connection closed by peer (after 1ms in state APIVERSION_QUERY)",
               "the broker closed the connection; it is stopping, or wants another client "
               "certificate",
               false},
           Row{of_alice(true),
               "Disconnected: SSL connection closed by peer (after 1ms in state SSL_HANDSHAKE)",
               "TLS handshake failed; is this a plaintext listener? Then remove tls", false},
           Row{of_alice(false),
               "Disconnected: connection closed by peer: receive 0 after POLLIN (after 3ms in "
               "state "
               "UP)",
               "the broker closed the connection; it is stopping", false},
           Row{of_alice(true),
               "SSL handshake failed: error:0A00042E:SSL routines::tlsv1 alert protocol version: "
               "SSL alert number 70 (after 2ms in state SSL_HANDSHAKE)",
               "tlsv1 alert protocol version: SSL alert number 70", false},
       }) {
    CAPTURE(row.cause);
    const auto failure = connection_failure_from(
        std::string("sasl_ssl://a:1/bootstrap: ") + row.cause, row.connection);
    CHECK(failure == ConnectionFailure{"a:1", row.words, row.is_authentication});
  }
}

TEST_CASE("A certificate's fault is told instead of the line that says that there is one") {
  kafka::ConnectionFailures failures(of_alice(true));
  failures.note_certificate("a:1", "the broker's certificate expired on 2020-01-01");
  failures.record(
      "ssl://a:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify "
      "failed: broker certificate could not be verified (after 5ms in state SSL_HANDSHAKE)");
  CHECK(failures.error() ==
        core::Error{Reason::NotAuthenticated,
                    "KafkaConnection payments/prod: connect to a:1: the broker's certificate "
                    "expired on 2020-01-01"});
}

TEST_CASE("What says what to mend is not forgotten for what says less") {
  kafka::ConnectionFailures failures;
  failures.record("ssl://a:1/bootstrap: Receive failed: alert bad certificate (after 0ms in x)");
  failures.record("ssl://a:1/bootstrap: Disconnected (after 0ms in state UP)");
  CHECK(failures.error()->reason == Reason::NotAuthenticated);
  CHECK(failures.error()->message.find("wants a client certificate") != std::string::npos);
}

TEST_CASE("To wait is of no use when every server has refused the connection as it is") {
  kafka::ConnectionFailures failures(of_alice(false));
  failures.record("sasl_plaintext://a:1/bootstrap: SASL authentication error: no");
  CHECK_FALSE(failures.is_refused_everywhere());
  failures.record("b:1/bootstrap: Connect to x failed: Connection refused");
  CHECK_FALSE(failures.is_refused_everywhere());
  failures.record("sasl_plaintext://b:1/bootstrap: SASL authentication error: no");
  CHECK(failures.is_refused_everywhere());
}

TEST_CASE("Of a list, the servers that have not failed may still answer") {
  kafka::ConnectionFailures failures(of_alice(false));
  failures.record("a:1/bootstrap: Connect to x failed: Connection refused");
  failures.record("c:1/7: Connect to x failed: Connection refused");
  CHECK_FALSE(failures.has_failed_everywhere());
  failures.record("b:1/bootstrap: Connect to x failed: Connection refused");
  CHECK(failures.has_failed_everywhere());
  CHECK_FALSE(failures.is_refused_everywhere());
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
