#include "kube/event_recorder.h"

#include <doctest/doctest.h>

#include "kube/api.h"
#include "support/fake_api_server.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

core::Event event(const std::string& note) {
  return {{"shop", "replay"}, "uid-1", core::Event::Type::Normal, "OffsetsReset", note};
}

struct World {
  FakeApiServer server;
  base::Metrics metrics;
  kube::Http http{*kube::config_without_credentials(server.url()), metrics};
  kube::EventRecorder events{
      http, metrics, "pod-1", {.request_deadline = 2s, .first_pause = 1ms, .longest_pause = 5ms}};

  void record(const std::string& note) { events.record(kube::telling_of(event(note))); }

  // What the server has, when everything is told.
  std::vector<json> told() {
    events.flush(20s);
    return server.events().all();
  }

  bool has_metric(const std::string& line) const {
    return metrics.text().find(line) != std::string::npos;
  }
};

TEST_CASE("an event is told to the API server") {
  World world;
  world.record("done");
  const auto told = world.told();
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("note") == "done");
  CHECK(told[0].at("reportingInstance") == "pod-1");
  CHECK(world.has_metric("offset_reset_events_total{result=\"sent\"} 1"));
  CHECK(world.has_metric("offset_reset_events_total{result=\"dropped\"} 0"));
}

TEST_CASE("what is told again is counted in the first event") {
  World world;
  for (int i = 0; i < 3; ++i) world.record("again");
  world.record("other");
  const auto told = world.told();
  REQUIRE(told.size() == 2);
  const auto& again = told[0].at("note") == "again" ? told[0] : told[1];
  CHECK(again.at("series").at("count") == 3);
  CHECK(world.server.count_requests("POST", "/events") == 2);
}

TEST_CASE("an event that the server has forgotten is told anew") {
  World world;
  world.record("again");
  const auto first = world.told().at(0).at("metadata").at("name").get<std::string>();
  world.server.events().remove("shop", first);
  world.record("again");
  const auto told = world.told();
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("metadata").at("name") != first);
  CHECK_FALSE(told[0].contains("series"));
}

TEST_CASE("an event whose answer was lost is told once") {
  World world;
  world.server.inject({.what = Fault::What::DropReply, .method = "POST"});
  world.record("done");
  CHECK(world.told().size() == 1);
  CHECK(world.has_metric("offset_reset_events_total{result=\"sent\"} 1"));
}

TEST_CASE("an event is told when the API server is back, or dropped and counted") {
  World world;
  world.server.inject({.times = 5, .method = "POST", .code = 503});
  world.record("late");
  CHECK(world.told().size() == 1);
  world.server.inject({.times = 6, .method = "POST", .code = 500});
  world.record("lost");
  world.record("next");
  CHECK(world.told().size() == 2);
  CHECK(world.has_metric("offset_reset_events_total{result=\"sent\"} 2"));
  CHECK(world.has_metric("offset_reset_events_total{result=\"dropped\"} 1"));
}

TEST_CASE("an event that is refused is not tried again") {
  World world;
  world.server.inject({.times = 100, .method = "POST", .code = 403});
  world.record("refused");
  CHECK(world.told().empty());
  CHECK(world.server.count_requests("POST", "/events") == 1);
  CHECK(world.has_metric("offset_reset_events_total{result=\"dropped\"} 1"));
}

TEST_CASE("whoever records an event never waits, and what is too much is dropped") {
  World world;
  world.server.inject({.what = Fault::What::Delay, .method = "POST", .delay = 60s});
  const auto begin = std::chrono::steady_clock::now();
  constexpr std::size_t kTooMany = 2;  // and one that is under way
  for (std::size_t i = 0; i < kube::EventRecorder::kQueueLimit + kTooMany + 1; ++i) {
    world.record(std::to_string(i));
  }
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK_FALSE(world.has_metric("offset_reset_events_total{result=\"dropped\"} 0"));
  world.events.flush(10ms);  // returns, whatever is still there; and so does the end
}

}  // namespace
}  // namespace tests
