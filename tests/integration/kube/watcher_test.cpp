#include "kube/watcher.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "support/fake_api_server.h"
#include "support/kube/heard.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json object(const std::string& name, const std::string& namespace_name = "shop") {
  return {{"kind", "OffsetReset"},
          {"apiVersion", "offsetreset.io/v1alpha1"},
          {"metadata", {{"name", name}, {"namespace", namespace_name}}},
          {"spec",
           {{"bootstrapServers", "kafka:9092"},
            {"groupId", "orders-consumer"},
            {"topic", "orders"},
            {"to", {{"offset", 10}}}}}};
}

// Pauses are short here.
constexpr kube::WatchTiming kQuick{
    .first_pause = 5ms, .longest_pause = 50ms, .shortest_watch = 30s, .longest_watch = 60s};

struct World {
  FakeApiServer server;
  base::Metrics metrics;
  kube::Http http{*kube::config_without_credentials(server.url()), metrics};
  Heard heard;
  std::unique_ptr<kube::Watcher> watcher;

  void start(const std::string& namespace_name = "", kube::WatchTiming timing = kQuick) {
    watcher = std::make_unique<kube::Watcher>(http, metrics, namespace_name, heard.sink(), timing);
  }
  void create(const std::string& name, const std::string& namespace_name = "shop") {
    REQUIRE(server.store().create(object(name, namespace_name)));
  }
  void close(const std::string& name) {
    json stored = *server.store().find("shop", name);
    stored["status"] = {{"observedGeneration", 1}, {"closed", true}};
    REQUIRE(server.store().replace_status(stored));
  }
};

// Until the condition holds; fails the test after 20 s.
void eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(2ms);
  }
}

std::string describe(const core::Change& change) {
  if (const auto* applied = std::get_if<core::Applied>(&change)) {
    return "applied " + applied->resource.key.name;
  }
  if (const auto* deleted = std::get_if<core::Deleted>(&change)) {
    return "deleted " + deleted->key.name;
  }
  std::string text = "listed";
  for (const auto& resource : std::get<core::Relisted>(change).resources) {
    text += " " + resource.key.name;
  }
  return text;
}

std::vector<std::string> told(World& world, std::size_t count) {
  std::vector<std::string> texts;
  for (const auto& change : world.heard.wait_for(count)) texts.push_back(describe(change));
  return texts;
}

using Told = std::vector<std::string>;

TEST_CASE("a list longer than a page is told as one") {
  World world;
  for (int i = 0; i < 1201; ++i) world.create("r" + std::to_string(i));
  world.start();
  const auto changes = world.heard.wait_for(1);
  REQUIRE(changes.size() == 1);
  CHECK(std::get<core::Relisted>(changes[0]).resources.size() == 1201);
  CHECK(world.server.count_requests("GET", "limit=500") == 3);
}

TEST_CASE("an expired continue token begins the list again, and nothing is told twice") {
  World world;
  for (int i = 0; i < 600; ++i) world.create("r" + std::to_string(i));
  world.server.inject({.method = "GET", .path_part = "continue=", .code = 410});
  world.start();
  const auto changes = world.heard.wait_for(1);
  REQUIRE(changes.size() == 1);
  CHECK(std::get<core::Relisted>(changes[0]).resources.size() == 600);
  CHECK(world.server.count_requests("GET", "resourceVersion=0") == 1);
}

TEST_CASE("one namespace is watched without the others") {
  World world;
  world.create("theirs", "other");
  world.create("ours", "shop");
  world.start("shop");
  REQUIRE(told(world, 1) == Told{"listed ours"});
  world.create("theirs2", "other");
  world.create("ours2", "shop");
  CHECK(told(world, 2) == Told{"listed ours", "applied ours2"});
}

TEST_CASE("a watch that is cut or ended is resumed, and no change is lost or told twice") {
  World world;
  world.start();
  REQUIRE(told(world, 1) == Told{"listed"});
  eventually([&] { return world.server.watches() == 1; });
  world.create("a");
  REQUIRE(told(world, 2).back() == "applied a");
  world.server.cut_watches();
  world.create("b");
  REQUIRE(told(world, 3).back() == "applied b");
  world.server.end_watches();
  world.create("c");
  CHECK(told(world, 4) == Told{"listed", "applied a", "applied b", "applied c"});
  CHECK(world.server.count_requests("GET", "limit=500") == 1);
}

TEST_CASE("a version that expired, in either form, is followed by a list of the newest") {
  World world;
  world.create("a");
  world.start();
  REQUIRE(told(world, 1) == Told{"listed a"});
  eventually([&] { return world.server.watches() == 1; });
  SUBCASE("as an ERROR event") {
    world.server.send_to_watches(
        R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"
        "\n");
  }
  SUBCASE("as the answer to the watch") {
    world.server.inject({.method = "GET", .path_part = "watch=true", .code = 410});
    world.server.cut_watches();
  }
  SUBCASE("because the server's history is shorter") {
    world.server.store().forget_history();
    world.server.cut_watches();
  }
  CHECK(told(world, 2) == Told{"listed a", "listed a"});
  const auto seen = world.server.requests();
  const auto last_list = std::find_if(seen.rbegin(), seen.rend(), [](const SeenRequest& request) {
    return request.target.find("limit=500") != std::string::npos;
  });
  CHECK(last_list->target.find("resourceVersion") == std::string::npos);
  world.create("b");
  CHECK(told(world, 3).back() == "applied b");
}

TEST_CASE("garbage in a watch costs the watch, not the operator") {
  World world;
  world.start();
  REQUIRE(told(world, 1) == Told{"listed"});
  eventually([&] { return world.server.watches() == 1; });
  world.server.send_to_watches("<html>\n");
  world.create("a");
  CHECK(told(world, 2).back() == "applied a");
}

TEST_CASE("an object that can't be decoded is passed over") {
  World world;
  json broken = object("broken");
  broken["status"] = {{"observedGeneration", "none"}};
  REQUIRE(world.server.store().create(broken));
  world.create("a");
  world.start();
  REQUIRE(told(world, 1) == Told{"listed a"});
  broken["metadata"]["name"] = "broken2";
  REQUIRE(world.server.store().create(broken));
  world.create("b");
  CHECK(told(world, 2) == Told{"listed a", "applied b"});
}

TEST_CASE("a server before 1.31, which refuses the selector, is watched without it") {
  World world;
  world.server.refuse_selectors();
  world.create("open");
  world.create("closed");
  world.close("closed");
  world.start();
  REQUIRE(told(world, 1) == Told{"listed open"});
  world.create("a");
  world.close("a");
  CHECK(told(world, 3) == Told{"listed open", "applied a", "deleted a"});
  CHECK(world.server.count_requests("GET", "fieldSelector") == 1);
}

TEST_CASE("it waits for the CRD, and has not synced before") {
  World world;
  world.server.uninstall_definition();
  world.start();
  eventually([&] { return world.server.count_requests("GET", "limit=500") >= 3; });
  CHECK_FALSE(world.watcher->has_synced());
  world.server.uninstall_definition(false);
  CHECK(told(world, 1) == Told{"listed"});
  eventually([&] { return world.watcher->has_synced(); });
}

TEST_CASE("a server that fails for a while is asked again, with pauses") {
  World world;
  world.create("a");
  for (const int code : {500, 503, 403, 401, 429}) {
    world.server.inject({.times = 2, .method = "GET", .path_part = "limit=500", .code = code});
  }
  world.server.inject({.what = Fault::What::DropRequest, .times = 2, .path_part = "limit=500"});
  world.server.inject({.what = Fault::What::Garbage, .times = 2, .path_part = "limit=500"});
  world.start();
  CHECK(told(world, 1) == Told{"listed a"});
}

TEST_CASE("a watch that was silent to its end is checked by a list") {
  World world;
  world.start(
      "", {.first_pause = 5ms, .longest_pause = 50ms, .shortest_watch = 1s, .longest_watch = 2s});
  REQUIRE(told(world, 1) == Told{"listed"});
  CHECK(told(world, 2) == Told{"listed", "listed"});
  CHECK(world.server.count_requests("GET", "resourceVersionMatch=NotOlderThan") == 1);
}

TEST_CASE("a server that went back in time is noticed, and its state is taken") {
  World world;
  world.create("a");
  world.start(
      "", {.first_pause = 5ms, .longest_pause = 50ms, .shortest_watch = 1s, .longest_watch = 2s});
  REQUIRE(told(world, 1) == Told{"listed a"});
  eventually([&] { return world.server.watches() == 1; });
  world.server.send_to_watches(
      R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"999999999"}}})"
      "\n");
  // The watch that follows is silent; the list after it is refused; the next one asks for anything.
  CHECK(told(world, 2) == Told{"listed a", "listed a"});
  world.create("b");
  CHECK(told(world, 3).back() == "applied b");
}

TEST_CASE("it ends at once in the middle of a watch, a list and a pause") {
  World world;
  SUBCASE("watch") {
    world.start();
    eventually([&] { return world.server.watches() == 1; });
  }
  SUBCASE("list") {
    world.server.inject({.what = Fault::What::Delay, .times = 100, .delay = 20s});
    world.start();
    eventually([&] { return !world.server.requests().empty(); });
  }
  SUBCASE("pause") {
    world.server.inject({.times = 100, .code = 500});
    world.start("", {.first_pause = 20s, .longest_pause = 30s});
    eventually([&] { return !world.server.requests().empty(); });
  }
  const auto begun = std::chrono::steady_clock::now();
  world.watcher.reset();
  CHECK(std::chrono::steady_clock::now() - begun < 500ms);
}

TEST_CASE("the time of the last event is a metric, and is 0 before the first") {
  World world;
  world.server.inject({.times = 1000, .code = 500});
  world.start();
  CHECK(world.metrics.text().find("offset_reset_watch_last_event_seconds{namespace=\"\"} 0\n") !=
        std::string::npos);
  world.server.heal();
  REQUIRE(world.heard.wait_for(1).size() == 1);
  CHECK(world.metrics.text().find("offset_reset_watch_last_event_seconds{namespace=\"\"} 0\n") ==
        std::string::npos);
}

}  // namespace
}  // namespace tests
