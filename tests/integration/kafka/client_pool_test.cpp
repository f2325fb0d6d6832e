#include "kafka/client_pool.h"

#include <doctest/doctest.h>

#include <optional>
#include <thread>

#include "support/reach.h"

namespace {

constexpr auto kServers = "127.0.0.1:9";  // Nothing is asked of them.

TEST_CASE("A client that was kept is taken again, one that was not is gone") {
  kafka::ClientPool pool;
  const kafka::Client* first = nullptr;
  {
    auto lease = pool.take(tests::reach(kServers)).value();
    first = &lease.client();
    lease.keep();
  }
  {
    const auto again = pool.take(tests::reach(kServers)).value();
    CHECK(&again.client() == first);
    const auto other = pool.take(tests::reach(kServers)).value();
    CHECK(&other.client() != first);
  }
}

TEST_CASE("Two uses at a time have a client each") {
  kafka::ClientPool pool;
  const auto one = pool.take(tests::reach(kServers)).value();
  const auto other = pool.take(tests::reach(kServers)).value();
  CHECK(&one.client() != &other.client());
}

TEST_CASE("A failure discards the idle clients of the same servers, and of no others") {
  kafka::ClientPool pool;
  auto failed = std::make_optional(pool.take(tests::reach(kServers)).value());
  const kafka::Client* stranger = nullptr;
  {
    auto idle = pool.take(tests::reach(kServers)).value();
    auto elsewhere = pool.take(tests::reach("127.0.0.1:10")).value();
    stranger = &elsewhere.client();
    idle.keep();
    elsewhere.keep();
  }
  CHECK(pool.idle_clients() == 2);

  failed.reset();

  CHECK(pool.idle_clients() == 1);
  CHECK(&pool.take(tests::reach("127.0.0.1:10"))->client() == stranger);
}

core::Connection named(const std::string& password) {
  auto connection = tests::reach(kServers);
  connection.name = "KafkaConnection payments/prod";
  connection.sasl.emplace().username = "alice";
  connection.sasl->password = password;
  return connection;
}

TEST_CASE("A connection that has changed takes no client of what it was, and discards it") {
  kafka::ClientPool pool;
  pool.take(named("old-secret"))->keep();
  pool.take(tests::reach(kServers))->keep();
  REQUIRE(pool.idle_clients() == 2);

  const auto lease = pool.take(named("new-secret"));

  REQUIRE(lease);
  CHECK(pool.idle_clients() == 1);
}

TEST_CASE("Idle clients are bounded, and the oldest go first") {
  kafka::ClientPool pool;
  for (int port = 1; port <= 20; ++port) {
    pool.take(tests::reach("127.0.0.1:" + std::to_string(port)))->keep();
  }
  CHECK(pool.idle_clients() == 16);
  { const auto oldest_left = pool.take(tests::reach("127.0.0.1:5")); }
  CHECK(pool.idle_clients() == 15);
  { const auto gone = pool.take(tests::reach("127.0.0.1:4")); }
  CHECK(pool.idle_clients() == 15);
}

TEST_CASE("An idle client is dropped when its time is over") {
  kafka::ClientPool pool(std::chrono::milliseconds(1));
  pool.take(tests::reach(kServers))->keep();

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (pool.idle_clients() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  CHECK(pool.idle_clients() == 0);
}

}  // namespace
