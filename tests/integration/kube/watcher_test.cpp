#include "kube/watcher.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/eventually.h"
#include "support/kube/heard.h"
#include "support/kube/watched_server.h"
#include "support/log_capture.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct World : WatchedServer {
  Heard heard;

  void start(const std::string& namespace_name = "", const kube::WatchTiming& timing = kQuick) {
    WatchedServer::start(heard.sink(), timing, namespace_name);
  }
};

constexpr const char* kStream = "sendInitialEvents=true";
constexpr const char* kPage = "limit=500";

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

TEST_CASE("the first list comes as a stream, which goes on as the watch") {
  World world;
  for (const char* name : {"b", "a", "c"}) world.create(name);
  world.close("b");
  world.start();
  REQUIRE(told(world, 1) == Told{"listed a c"});
  world.create("d");
  CHECK(told(world, 2) == Told{"listed a c", "applied d"});
  CHECK(world.server.requests().size() == 1);
  CHECK(world.server.count_requests("GET", "fieldSelector=status.closed") == 1);
}

TEST_CASE("what changes before the list in a stream is complete is in it as it is then") {
  World world;
  for (const char* name : {"a", "b", "c"}) world.create(name);
  // The bookmark does not come until it is sent by hand.
  world.server.inject_into_watches({.what = WatchFault::What::Drop, .after = 3});
  world.start();
  eventually([&] { return world.server.told() == 3; });
  world.touch("a");
  world.close("b");
  world.remove("c");
  world.create("d");
  eventually([&] { return world.server.told() == 7; });
  CHECK_FALSE(world.has_synced());
  const std::string version = std::to_string(world.server.store().version());
  const json metadata{{"resourceVersion", version},
                      {"annotations", {{"k8s.io/initial-events-end", "true"}}}};
  const json bookmark{{"type", "BOOKMARK"}, {"object", {{"metadata", metadata}}}};
  world.server.send_to_watches(bookmark.dump() + "\n");
  const auto changes = world.heard.wait_for(1);
  REQUIRE(changes.size() == 1);
  Mirror mirror;
  mirror.sink()(changes[0]);
  CHECK(mirror.state() == world.open());
  CHECK(told(world, 1) == Told{"listed a d"});
}

TEST_CASE("a server that refuses a list as a stream is asked for pages, and not again") {
  World world;
  world.server.refuse_streams();
  world.create("a");
  world.start();
  REQUIRE(told(world, 1) == Told{"listed a"});
  CHECK(world.last_request(kPage).ends_with("&resourceVersion=0"));
  eventually([&] { return world.server.watches() == 1; });
  world.server.store().forget_history();
  world.server.cut_watches();
  REQUIRE(told(world, 2) == Told{"listed a", "listed a"});
  CHECK(world.server.count_requests("GET", kStream) == 1);
  CHECK(world.server.count_requests("GET", kPage) == 2);
}

TEST_CASE("a stream that fails is followed by pages, and the next list is a stream again") {
  World world;
  world.create("a");
  SUBCASE("with an error") { world.server.inject({.path_part = kStream, .code = 500}); }
  SUBCASE("with no answer") {
    world.server.inject({.what = Fault::What::DropRequest, .path_part = kStream});
  }
  SUBCASE("amid the list") {
    world.server.inject_into_watches({.what = WatchFault::What::HalfLine, .after = 1});
  }
  SUBCASE("with an end before the list's") {
    world.server.inject_into_watches({.what = WatchFault::What::End, .after = 1});
  }
  world.start();
  REQUIRE(told(world, 1) == Told{"listed a"});
  // Not from the version of what came in the stream.
  CHECK(world.last_request(kPage).ends_with("&resourceVersion=0"));
  eventually([&] { return world.server.watches() == 1; });
  world.server.store().forget_history();
  world.server.cut_watches();
  REQUIRE(told(world, 2) == Told{"listed a", "listed a"});
  CHECK(world.server.count_requests("GET", kPage) == 1);
  CHECK(world.server.count_requests("GET", kStream) == 2);
}

TEST_CASE("a stream that never completes the list is given up for pages, for good") {
  World world;
  world.create("a");
  SUBCASE("though it goes on") {
    world.server.inject_into_watches({.what = WatchFault::What::Drop, .after = 1});
  }
  SUBCASE("as it is silent") {
    world.server.inject_into_watches({.what = WatchFault::What::Silence, .at_beginning = true});
  }
  auto timing = kQuick;
  timing.list_deadline = 200ms;
  world.start("", timing);
  REQUIRE(told(world, 1) == Told{"listed a"});
  eventually([&] { return world.server.watches() == 1; });
  world.server.store().forget_history();
  world.server.cut_watches();
  REQUIRE(told(world, 2) == Told{"listed a", "listed a"});
  CHECK(world.server.count_requests("GET", kStream) == 1);
}

TEST_CASE("a stream outlives the deadline of the list in it") {
  World world;
  auto timing = kQuick;
  timing.list_deadline = 200ms;
  world.start("", timing);
  REQUIRE(told(world, 1) == Told{"listed"});
  const auto begun = std::chrono::steady_clock::now();
  eventually([&] { return std::chrono::steady_clock::now() - begun > 400ms; });
  world.create("a");
  CHECK(told(world, 2) == Told{"listed", "applied a"});
  CHECK(world.server.requests().size() == 1);
}

TEST_CASE("a list longer than a page is told as one") {
  World world;
  world.server.refuse_streams();
  world.server.refuse_selectors();
  for (int i = 0; i < 1201; ++i) world.create("r" + std::to_string(i));
  world.start();
  const auto changes = world.heard.wait_for(1);
  REQUIRE(changes.size() == 1);
  CHECK(std::get<core::Relisted>(changes[0]).resources.size() == 1201);
  CHECK(world.server.count_requests("GET", "continue=") == 2);
}

TEST_CASE("a continue token that is of no use begins the list again, and nothing is told twice") {
  World world;
  world.server.refuse_streams();
  world.server.refuse_selectors();
  for (int i = 0; i < 600; ++i) world.create("r" + std::to_string(i));
  SUBCASE("as it expired") {
    world.server.inject({.method = "GET", .path_part = "continue=", .code = 410});
  }
  SUBCASE("as it can't be read") {
    world.server.inject({.method = "GET", .path_part = "continue=", .code = 400});
  }
  world.start();
  const auto changes = world.heard.wait_for(1);
  REQUIRE(changes.size() == 1);
  CHECK(std::get<core::Relisted>(changes[0]).resources.size() == 600);
  CHECK(world.server.count_requests("GET", "continue=") == 2);
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
  CHECK(world.server.count_requests("GET", kStream) == 1);
  CHECK(world.server.count_requests("GET", kPage) == 0);
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
  CHECK(world.server.count_requests("GET", kStream) == 2);
  CHECK(world.last_request(kStream).find("resourceVersion=&") != std::string::npos);
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
  json broken = reset_object("broken");
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
  eventually([&] { return world.server.count_requests("GET", kPage) >= 3; });
  CHECK_FALSE(world.has_synced());
  world.server.uninstall_definition(false);
  CHECK(told(world, 1) == Told{"listed"});
  eventually([&] { return world.has_synced(); });
}

TEST_CASE("a server that fails for a while is asked again, with pauses") {
  World world;
  world.create("a");
  for (const int code : {500, 503, 403, 401, 429}) {
    world.server.inject({.times = 2, .method = "GET", .path_part = "offsetresets?", .code = code});
  }
  world.server.inject({.what = Fault::What::DropRequest, .times = 2, .path_part = "offsetresets?"});
  world.server.inject({.what = Fault::What::Garbage, .times = 2, .path_part = "offsetresets?"});
  world.start();
  CHECK(told(world, 1) == Told{"listed a"});
}

TEST_CASE("a watch that was silent to its end is checked by a list") {
  World world;
  world.start("", kShortWatches);
  REQUIRE(told(world, 1) == Told{"listed"});
  CHECK(told(world, 2) == Told{"listed", "listed"});
  CHECK(world.server.count_requests("GET", kStream) == 2);
  CHECK(world.last_request(kStream).find("resourceVersion=1000&") != std::string::npos);
}

TEST_CASE("a server that went back in time is noticed, and its state is taken") {
  World world;
  world.create("a");
  world.start("", kShortWatches);
  REQUIRE(told(world, 1) == Told{"listed a"});
  eventually([&] { return world.server.watches() == 1; });
  world.server.send_to_watches(
      R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"999999999"}}})"
      "\n");
  // The watch that follows is silent; the list after it is refused; the next one asks for anything.
  CHECK(told(world, 2) == Told{"listed a", "listed a"});
  CHECK(std::get<core::Relisted>(world.heard.wait_for(2)[1]).is_other_history);
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
  SUBCASE("list in a stream") {
    world.server.inject_into_watches({.what = WatchFault::What::Silence, .at_beginning = true});
    world.start();
    eventually([&] { return world.server.watches() == 1; });
  }
  SUBCASE("pause") {
    world.server.inject({.times = 100, .code = 500});
    world.start("", {.first_pause = 20s, .longest_pause = 30s});
    eventually([&] { return !world.server.requests().empty(); });
  }
  const auto begun = std::chrono::steady_clock::now();
  world.stop();
  CHECK(std::chrono::steady_clock::now() - begun < 500ms);
}

struct ConnectionsWorld : WatchedServer {
  HeardOfConnections heard;

  void start(core::ConnectionKind kind, const std::string& namespace_name = "") {
    WatchedServer::start(kind, heard.sink(), kQuick, namespace_name);
  }
  std::vector<std::string> told(std::size_t count) {
    std::vector<std::string> texts;
    for (const auto& change : heard.wait_for(count)) texts.push_back(describe(change));
    return texts;
  }
  static std::string describe(const core::ConnectionChange& change) {
    if (const auto* applied = std::get_if<core::ConnectionApplied>(&change)) {
      return "applied " + applied->connection.id.to_string();
    }
    if (const auto* deleted = std::get_if<core::ConnectionDeleted>(&change)) {
      return "deleted " + deleted->id.to_string();
    }
    std::string text = "listed";
    for (const auto& connection : std::get<core::ConnectionsRelisted>(change).connections) {
      text += " " + connection.id.to_string();
    }
    return text;
  }
};

constexpr auto kNamespaced = core::ConnectionKind::KafkaConnection;
constexpr auto kOfCluster = core::ConnectionKind::ClusterKafkaConnection;

TEST_CASE("connections of all namespaces are watched, by no selector") {
  ConnectionsWorld world;
  world.create({kNamespaced, {"shop", "prod"}});
  world.create({kNamespaced, {"payments", "prod"}});
  world.create({kOfCluster, {"", "prod"}});
  world.start(kNamespaced);
  REQUIRE(world.told(1) == Told{"listed KafkaConnection payments/prod KafkaConnection shop/prod"});
  world.create({kNamespaced, {"shop", "test"}});
  REQUIRE(world.server.connections(kNamespaced).remove("shop", "test"));
  CHECK(world.told(3) == Told{"listed KafkaConnection payments/prod KafkaConnection shop/prod",
                              "applied KafkaConnection shop/test",
                              "deleted KafkaConnection shop/test"});
  CHECK(world.server.count_requests("GET", "fieldSelector") == 0);
}

TEST_CASE("connections of one namespace, or of the cluster, are watched without the others") {
  ConnectionsWorld world;
  world.create({kNamespaced, {"shop", "prod"}});
  world.create({kNamespaced, {"payments", "prod"}});
  world.create({kOfCluster, {"", "prod"}});
  SUBCASE("a namespace") {
    world.start(kNamespaced, "shop");
    CHECK(world.told(1) == Told{"listed KafkaConnection shop/prod"});
  }
  SUBCASE("the cluster") {
    world.start(kOfCluster);
    CHECK(world.told(1) == Told{"listed ClusterKafkaConnection prod"});
  }
}

TEST_CASE("a cut or expired watch of connections is resumed, or they are listed again") {
  ConnectionsWorld world;
  world.start(kOfCluster);
  REQUIRE(world.told(1) == Told{"listed"});
  auto& watches = world.server.watches(kOfCluster);
  eventually([&] { return watches.open() == 1; });
  watches.cut();
  world.create({kOfCluster, {"", "a"}});
  REQUIRE(world.told(2) == Told{"listed", "applied ClusterKafkaConnection a"});
  eventually([&] { return watches.open() == 1; });
  world.server.connections(kOfCluster).forget_history();
  watches.cut();
  CHECK(world.told(3).back() == "listed ClusterKafkaConnection a");
}

TEST_CASE("connections in pages, where a list does not come as a stream") {
  ConnectionsWorld world;
  world.server.watches(kNamespaced).refuse_lists(true);
  world.create({kNamespaced, {"shop", "prod"}});
  world.start(kNamespaced);
  CHECK(world.told(1) == Told{"listed KafkaConnection shop/prod"});
  CHECK(world.last_request(kPage).ends_with("kafkaconnections?limit=500&resourceVersion=0"));
}

TEST_CASE("connections that are not installed, or may not be read, are waited for and told of") {
  const LogCapture log;
  ConnectionsWorld world;
  world.create({kOfCluster, {"", "prod"}});
  const char* message = nullptr;
  const char* advice = nullptr;
  SUBCASE("not installed") {
    world.server.uninstall_connections();
    message = "waiting for the resource's definition";
    advice =
        "the API server has no resource clusterkafkaconnections.offsetreset.io: apply the "
        "files in crds/";
  }
  SUBCASE("not allowed") {
    world.server.inject({.times = 1000, .path_part = "/clusterkafkaconnections", .code = 403});
    message = "waiting for the right to list and watch";
    advice =
        "give the operator's role the verbs list and watch for "
        "clusterkafkaconnections.offsetreset.io (injected)";
  }
  world.start(kOfCluster);
  eventually([&] { return world.server.count_requests("GET", kPage) >= 2; });
  CHECK_FALSE(world.has_synced());
  const auto told = log.lines(message);
  REQUIRE(told.size() >= 1);
  CHECK(told[0].at("level") == "warning");
  CHECK(told[0].at("kind") == "ClusterKafkaConnection");
  CHECK(told[0].at("error") == advice);
  world.server.heal();
  CHECK(world.told(1) == Told{"listed ClusterKafkaConnection prod"});
  eventually([&] { return world.has_synced(); });
}

constexpr const char* kLastEvent =
    "offset_reset_watch_last_event_seconds{kind=\"OffsetReset\",namespace=\"\"} 0\n";

TEST_CASE("the time of the last event is a metric, and is 0 before the first") {
  World world;
  world.server.inject({.times = 1000, .code = 500});
  world.start();
  CHECK(world.metrics.text().find(kLastEvent) != std::string::npos);
  world.server.heal();
  REQUIRE(world.heard.wait_for(1).size() == 1);
  CHECK(world.metrics.text().find(kLastEvent) == std::string::npos);
}

}  // namespace
}  // namespace tests
