#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_api_server.h"
#include "support/operator/running_operator.h"
#include "support/worlds.h"

// The operator but for its Kafka: watch, store, queue, workers and status writes, over HTTP.
namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Names = std::vector<std::string>;

// What outlives operators: the API server with its resources, and Kafka.
struct Outside {
  FakeApiServer server;
  FakeApiStore& stored = server.store();
  Worlds kafka;

  // A reset of the group of the same name.
  void create(const std::string& name, const std::string& cluster = "kafka") {
    core::Spec spec = SpecBuilder().group(name);
    spec.bootstrap_servers = cluster + ":9092";
    kafka.add(resource(spec, name));
    REQUIRE(stored.create({{"kind", "OffsetReset"},
                           {"apiVersion", "offsetreset.io/v1alpha1"},
                           {"metadata", {{"name", name}, {"namespace", "payments"}}},
                           {"spec",
                            {{"bootstrapServers", spec.bootstrap_servers},
                             {"groupId", name},
                             {"topic", "orders"},
                             {"to", {{"offset", 10}}}}}}));
  }
  json status(const std::string& name) const {
    return stored.find("payments", name)->value("status", json::object());
  }
  bool is_closed(const std::string& name) const { return status(name).value("closed", false); }
  // Why the reset is where it is; empty: nobody has looked at it yet.
  std::string reason(const std::string& name) const {
    for (const json& condition : status(name).value("conditions", json::array())) {
      if (condition.at("type") == "Succeeded") return condition.at("reason");
    }
    return "";
  }
  std::size_t status_writes() const { return server.count_requests("PUT", "/status"); }
};

// One that is started.
struct Operator : RunningOperator {
  Operator(Outside& outside, std::size_t workers)
      : RunningOperator(outside.server.url(), outside.kafka, {.workers = workers}) {
    start();
  }
};

Names create_many(Outside& outside, int count, const std::string& cluster = "kafka") {
  Names names;
  for (int i = 0; i < count; ++i) {
    names.push_back(cluster + "-" + std::to_string(i));
    outside.create(names.back(), cluster);
  }
  return names;
}

bool all_closed(const Outside& outside, const Names& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return outside.is_closed(name); });
}

void wait_closed(const Outside& outside, const Names& names) {
  eventually([&] { return all_closed(outside, names); });
}

}  // namespace

TEST_CASE("resets from before and after the start are done with two writes each, and then rest") {
  Outside outside;
  Names names = create_many(outside, 30);
  {
    Operator running(outside, 4);
    eventually([&] { return running.has_synced(); });
    outside.create("later");
    names.emplace_back("later");
    wait_closed(outside, names);
    CHECK(running.stop());
  }
  for (const auto& name : names) {
    CHECK(outside.reason(name) == "OffsetsReset");
    CHECK(outside.kafka.effective_commits(name) == 1);
  }
  const auto writes = outside.status_writes();
  CHECK(writes == 2 * names.size());
  const auto read = outside.kafka.groups_read().size();
  {
    Operator again(outside, 4);
    eventually([&] { return again.has_synced(); });
    outside.create("sentinel");
    wait_closed(outside, {"sentinel"});
  }
  CHECK(outside.status_writes() == writes + 2);
  CHECK(outside.kafka.groups_read().size() == read + 1);
}

TEST_CASE("stopped in the middle again and again, it loses no reset and repeats none") {
  Outside outside;
  const Names names = create_many(outside, 60);
  std::atomic<int> reads = 0;
  outside.kafka.before_read = [&](const core::ReadRequest&) { ++reads; };
  int lives = 0;
  while (!all_closed(outside, names)) {
    const int enough = reads + 10;
    Operator running(outside, 4);
    eventually([&] { return reads >= enough || all_closed(outside, names); });
    CHECK(running.stop());
    ++lives;
  }
  CHECK(lives > 2);
  for (const auto& name : names) {
    CHECK(outside.reason(name) == "OffsetsReset");
    CHECK(outside.kafka.effective_commits(name) == 1);
  }
}

TEST_CASE("while one Kafka cluster hangs, the resets of another are done") {
  Outside outside;
  std::atomic<bool> hangs = true;
  outside.kafka.before_read = [&](const core::ReadRequest& request) {
    while (request.connection.bootstrap_servers == "stuck:9092" && hangs)
      std::this_thread::sleep_for(1ms);
  };
  const Names stuck = create_many(outside, 20, "stuck");
  Operator running(outside, 4);
  eventually([&] { return outside.kafka.groups_read().size() == 3; });
  const Names healthy = create_many(outside, 20, "healthy");
  wait_closed(outside, healthy);
  CHECK(outside.kafka.groups_read().size() == 3 + healthy.size());
  hangs = false;
  wait_closed(outside, stuck);
}

TEST_CASE("what went wrong in the operator itself can be read in the reset's status") {
  Outside outside;
  std::atomic<int> reads = 0;
  outside.kafka.before_read = [&](const core::ReadRequest& request) {
    if (request.group != "poison") return;
    ++reads;
    throw std::runtime_error("out of \xff range");  // no UTF-8
  };
  outside.create("poison");
  Operator running(outside, 2);
  for (int pass = 1; pass < 5; ++pass) {
    eventually([&] { return reads >= pass; });
    running.enqueue("poison");
  }
  wait_closed(outside, {"poison"});
  CHECK(outside.reason("poison") == "InternalError");
  CHECK(outside.status("poison").dump().find("5 times in a row") != std::string::npos);
  CHECK(outside.status_writes() == 1);
  outside.create("healthy");
  wait_closed(outside, {"healthy"});
  CHECK(outside.reason("healthy") == "OffsetsReset");
}

}  // namespace tests
