#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "core/resource_version.h"
#include "kube/watcher.h"
#include "support/kube/heard.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;
using Type = kube::WatchEvent::Type;

constexpr const char* kOpenOnly = "&fieldSelector=status.closed%21%3Dtrue";

std::string from(const std::string& version) {
  return "timeoutSeconds=20&resourceVersion=" + version;
}

TEST_CASE("a watch tells what came after the version, in order") {
  ServerUnderTest server;
  server.create("before");
  const std::string version = version_of(server.list("limit=500"));
  const json created = server.create("a");
  const json updated = server.put_status(created, {{"observedGeneration", 1}});
  server.remove("a");
  const auto events = server.watch(from(version), 3);
  REQUIRE(events.size() == 3);
  CHECK(events[0].type == Type::Added);
  CHECK(version_of(events[0].object) == version_of(created));
  CHECK(events[1].type == Type::Modified);
  CHECK(version_of(events[1].object) == version_of(updated));
  CHECK(events[2].type == Type::Deleted);
  CHECK(name_of(events[2].object) == "a");
  CHECK(version_of(events[2].object) != version_of(updated));
}

TEST_CASE("a watch resumes after the last version that was seen") {
  ServerUnderTest server;
  const std::string version = version_of(server.list("limit=500"));
  server.create("a");
  server.create("b");
  const auto first = server.watch(from(version), 1);
  REQUIRE(first.size() == 1);
  const auto rest = server.watch(from(version_of(first[0].object)), 1);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].type == Type::Added);
  CHECK(name_of(rest[0].object) == "b");
}

TEST_CASE("a resource that closes leaves the watch of open ones as DELETED") {
  ServerUnderTest server;
  const std::string version = version_of(server.list("limit=500"));
  const json created = server.create("a");
  const json closed = server.close(created);
  const auto events = server.watch(from(version) + kOpenOnly, 2);
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == Type::Added);
  CHECK(events[1].type == Type::Deleted);
  CHECK(events[1].object.at("metadata").at("uid") == created.at("metadata").at("uid"));
  CHECK(version_of(events[1].object) == version_of(closed));
}

TEST_CASE("a closed resource is not told of again, not even when it is deleted") {
  ServerUnderTest server;
  const json closed = server.close(server.create("a"));
  server.put_status(closed, {{"observedGeneration", 1}, {"closed", true}, {"destination", "x"}});
  server.remove("a");
  server.create("b");
  const auto events = server.watch(from(version_of(closed)) + kOpenOnly, 1);
  REQUIRE(events.size() == 1);
  CHECK(name_of(events[0].object) == "b");
}

TEST_CASE("a watch from a version that is gone sends an ERROR event with 410") {
  ServerUnderTest server;
  server.create("a");
  const auto events = server.watch(from("1"), 1);
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == Type::Error);
  CHECK(events[0].object.at("code") == 410);
}

// Not so when nothing has come since it began: then there is no newer version to tell.
TEST_CASE("a watch sends a bookmark before its time is over, and then ends by itself") {
  ServerUnderTest server;
  const std::string version = version_of(server.list("limit=500"));
  server.create("a");
  const auto events =
      server.watch("timeoutSeconds=5&allowWatchBookmarks=true&resourceVersion=" + version, 100,
                   [&] { server.create("b"); });
  REQUIRE(events.size() >= 3);
  CHECK(name_of(events[0].object) == "a");
  CHECK(name_of(events[1].object) == "b");
  CHECK(events.back().type == Type::Bookmark);
  CHECK_FALSE(
      core::is_older_version(version_of(events.back().object), version_of(events[1].object)));
}

TEST_CASE("a watch from a version that the server has not reached waits in silence") {
  ServerUnderTest server;
  const std::string future = version_of(server.list("limit=1")) + "000";
  const auto events = server.watch("timeoutSeconds=1&resourceVersion=" + future, 1);
  CHECK(events.empty());
}

TEST_CASE("the operator's watcher tells of open resources until they close") {
  ServerUnderTest server;
  server.create("old");
  server.close(server.create("closed"));
  Heard heard;
  const kube::Watcher watcher(server.http(), server.metrics(),
                              kube::reset_feed(server.namespace_name(), heard.sink()));
  const auto relisted = heard.wait_for(1);
  REQUIRE(relisted.size() == 1);
  const auto& list = std::get<core::Relisted>(relisted[0]);
  CHECK(list.namespace_name == server.namespace_name());
  REQUIRE(list.resources.size() == 1);
  CHECK(list.resources[0].key.name == "old");

  const json created = server.create("new");
  server.close(created);
  const auto changes = heard.wait_for(3);
  REQUIRE(changes.size() == 3);
  CHECK(std::get<core::Applied>(changes[1]).resource.key.name == "new");
  CHECK(std::get<core::Applied>(changes[1]).resource.resource_version == version_of(created));
  CHECK(std::get<core::Deleted>(changes[2]).key.name == "new");
  CHECK(std::get<core::Deleted>(changes[2]).uid ==
        created.at("metadata").at("uid").get<std::string>());
  CHECK(watcher.has_synced());
}

TEST_CASE("the operator's watcher ends at once when it is told to") {
  ServerUnderTest server;
  Heard heard;
  auto watcher = std::make_unique<kube::Watcher>(server.http(), server.metrics(),
                                                 kube::reset_feed("", heard.sink()));
  REQUIRE(heard.wait_for(1).size() == 1);
  const auto begun = std::chrono::steady_clock::now();
  watcher.reset();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(500));
}

std::string told(const core::ConnectionChange& change) {
  if (const auto* applied = std::get_if<core::ConnectionApplied>(&change)) {
    return "applied " + applied->connection.id.to_string();
  }
  if (const auto* deleted = std::get_if<core::ConnectionDeleted>(&change)) {
    return "deleted " + deleted->id.to_string();
  }
  return "listed";
}

TEST_CASE("the operator's watcher tells of connections of either kind") {
  for (const auto kind :
       {core::ConnectionKind::KafkaConnection, core::ConnectionKind::ClusterKafkaConnection}) {
    ServerUnderTest server;
    const auto old = server.connection_id(kind, "old");
    server.create_connection(old);
    HeardOfConnections heard;
    const kube::Watcher watcher(server.http(), server.metrics(),
                                kube::connection_feed(kind, old.key.namespace_name, heard.sink()));
    const auto first = heard.wait_for(1);
    REQUIRE(first.size() == 1);
    const auto& list = std::get<core::ConnectionsRelisted>(first[0]);
    CHECK(list.kind == kind);
    CHECK(list.namespace_name == old.key.namespace_name);
    const auto known = [&](const core::KafkaConnection& one) { return one.id == old; };
    CHECK(std::ranges::count_if(list.connections, known) == 1);

    const auto id = server.connection_id(kind, "new");
    const json created = server.create_connection(id);
    server.remove(id);
    server.remove(old);
    const auto changes = heard.wait_for(4);
    REQUIRE(changes.size() == 4);
    CHECK(told(changes[1]) == "applied " + id.to_string());
    CHECK(std::get<core::ConnectionApplied>(changes[1]).connection.resource_version ==
          version_of(created));
    CHECK(told(changes[2]) == "deleted " + id.to_string());
    CHECK(told(changes[3]) == "deleted " + old.to_string());
  }
}

}  // namespace
}  // namespace tests
