#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "kafka/admin.h"
#include "kafka/call.h"
#include "kafka/cluster_description.h"
#include "kafka/log_offsets.h"
#include "support/kafka/listener.h"
#include "support/kafka/mock_kafka.h"
#include "support/reach.h"

namespace {

using core::Reason;
using std::chrono::steady_clock;
using tests::Listener;

struct Fixture {
  base::Metrics metrics;
  kafka::RequestMetrics request_metrics{metrics};
  kafka::Admin admin{metrics};

  core::Error read_error(const std::string& bootstrap) {
    core::ReadRequest request;
    request.connection.bootstrap_servers = bootstrap;
    request.group = "orders";
    request.topics = {{"payments", {}, {}}};
    return admin.read(request).error();
  }
};

// The same text at each attempt, within 5 s: a text that changes would be a status write.
void check_reason(Fixture& fixture, const std::string& bootstrap, const std::string& message,
                  int attempts = 2) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto start = steady_clock::now();
    const auto error = fixture.read_error(bootstrap);
    CHECK(error.reason == Reason::KafkaUnavailable);
    CHECK(error.message == message);
    CHECK(steady_clock::now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE_FIXTURE(Fixture, "A port that refuses is named, with the reason") {
  const Listener port(Listener::Manner::Refuses);
  check_reason(*this, port.address(),
               "describe group orders: connect to " + port.address() + ": Connection refused");
}

TEST_CASE_FIXTURE(Fixture, "A host without an address is named, with the reason") {
  check_reason(*this, "kafka.invalid:9092",
               "describe group orders: connect to kafka.invalid:9092: Name or service not known");
}

TEST_CASE_FIXTURE(Fixture,
                  "A port that hangs up on Kafka's protocol is taken for another listener") {
  const Listener port(Listener::Manner::Closes);
  check_reason(*this, port.address(),
               "describe group orders: connect to " + port.address() +
                   ": the broker closed the connection; is this a listener for TLS? Then set tls "
                   "in a KafkaConnection");
}

TEST_CASE_FIXTURE(Fixture, "A port that says nothing is named, with the reason") {
  const Listener port(Listener::Manner::StaysSilent);
  check_reason(*this, port.address(),
               "describe group orders: connect to " + port.address() +
                   ": no answer (a firewall, or not the address of a broker)",
               1);
}

TEST_CASE_FIXTURE(Fixture, "All servers of a list are named, in order") {
  const Listener one(Listener::Manner::Refuses);
  const Listener other(Listener::Manner::Refuses);
  const auto first = std::min(one.address(), other.address());
  const auto second = std::max(one.address(), other.address());
  check_reason(*this, second + "," + first,
               "describe group orders: connect to " + first + ": Connection refused; connect to " +
                   second + ": Connection refused");
}

TEST_CASE_FIXTURE(Fixture, "One server of a list that works is enough") {
  for (const auto manner :
       {Listener::Manner::Refuses, Listener::Manner::Closes, Listener::Manner::StaysSilent}) {
    const Listener one(manner);
    const Listener other(manner);
    const Listener third(manner);
    tests::MockKafka alive;
    alive.make_topic("payments", 1);
    const auto bootstrap =
        one.address() + "," + other.address() + "," + third.address() + "," + alive.bootstrap();

    const auto done =
        admin.commit({tests::reach(bootstrap), "orders", "stamp", {{"payments", 0, 1}}, {}});

    CHECK_MESSAGE(done, done.error().message);
  }
}

// From another continent a dozen answers in a row take their time: TCP, TLS, SASL, and all of it
// once more for the coordinator.
TEST_CASE_FIXTURE(Fixture, "One server that works is enough also when it is far away") {
  const Listener dead(Listener::Manner::Refuses);
  tests::MockKafka alive;
  alive.make_topic("payments", 1);
  alive.set_round_trip(std::chrono::milliseconds(400));

  const auto done = admin.commit({tests::reach(dead.address() + "," + alive.bootstrap()),
                                  "orders",
                                  "stamp",
                                  {{"payments", 0, 1}},
                                  {}});

  CHECK_MESSAGE(done, done.error().message);
}

// Enough for the library to have failed twice: it says the same of a server twice, and then for
// half a minute no more. Nothing tells when it has.
constexpr std::chrono::seconds kUntilSilence{3};

TEST_CASE_FIXTURE(Fixture, "What failed before the request as well is told by it") {
  struct Row {
    Listener::Manner manner;
    const char* cause;
  };
  for (const auto& row :
       {Row{Listener::Manner::Refuses, "Connection refused"},
        Row{Listener::Manner::Closes,
            "the broker closed the connection; is this a listener for TLS? Then set tls in a "
            "KafkaConnection"}}) {
    CAPTURE(std::string(row.cause));
    const Listener port(row.manner);
    const auto client = kafka::Client::open(tests::reach(port.address())).value();
    std::this_thread::sleep_for(kUntilSilence);

    const auto start = steady_clock::now();
    const auto seen =
        kafka::describe_cluster({*client, request_metrics, start + std::chrono::seconds(10)});

    REQUIRE_FALSE(seen);
    CHECK(seen.error().message ==
          "describe the cluster: connect to " + port.address() + ": " + row.cause);
    CHECK(steady_clock::now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE_FIXTURE(Fixture, "A cluster that went away while nothing was asked is told of at once") {
  std::optional<tests::MockKafka> mock(std::in_place);
  mock->make_topic("payments", 1);
  const auto address = mock->bootstrap();
  const auto client = kafka::Client::open(tests::reach(address)).value();
  const kafka::Partitions partitions{{"payments", 0}};
  const auto ask = [&] {
    return kafka::call({*client, request_metrics, steady_clock::now() + std::chrono::seconds(10)},
                       {kafka::list_offsets(kafka::Operation::LogEnd, partitions)});
  };
  REQUIRE(ask());
  mock.reset();
  std::this_thread::sleep_for(kUntilSilence);

  const auto start = steady_clock::now();
  const auto seen = ask();

  REQUIRE_FALSE(seen);
  CHECK(seen.error().message ==
        "read the log end of topic payments: connect to " + address + ": Connection refused");
  CHECK(steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE_FIXTURE(Fixture, "What is no list of host:port is never given to the library") {
  const auto error = read_error("kafka");
  CHECK(error.reason == Reason::InvalidSpec);
}

}  // namespace
