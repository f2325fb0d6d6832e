#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/resource_version.h"
#include "kube/changes.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;
using Type = kube::WatchEvent::Type;

constexpr const char* kOpenOnly = "&fieldSelector=status.closed%21%3Dtrue";
const std::string kList =
    "allowWatchBookmarks=true&timeoutSeconds=20&sendInitialEvents=true"
    "&resourceVersionMatch=NotOlderThan&resourceVersion=";

std::set<std::string> names_in(const std::vector<kube::WatchEvent>& events) {
  std::set<std::string> names;
  for (const auto& event : events) {
    if (event.type == Type::Added) names.insert(name_of(event.object));
  }
  return names;
}

kube::Failure refusal(ServerUnderTest& server, const std::string& query) {
  const auto answer = server.get(server.collection() + "?watch=true&" + query);
  REQUIRE_FALSE(answer);
  return answer.error();
}

TEST_CASE("a list as a stream is what is there, a bookmark with a mark, and what comes then") {
  ServerUnderTest server;
  server.create("a");
  server.close(server.create("closed"));
  const std::string last = version_of(server.create("b"));
  for (const std::string& version : {std::string(), last}) {
    CAPTURE(version);
    const auto events = server.watch(kList + version, 4);
    REQUIRE(events.size() == 4);
    CHECK(names_in(events) == std::set<std::string>{"a", "b", "closed"});
    CHECK(kube::ends_list(events[3]));
    CHECK_FALSE(core::is_older_version(version_of(events[3].object), last));
  }
  const auto events = server.watch(kList, 5, [&] { server.create("late"); });
  REQUIRE(events.size() == 5);
  CHECK(std::count_if(events.begin(), events.end(), kube::ends_list) == 1);
  CHECK(names_in(events).contains("late"));
}

TEST_CASE("a list as a stream selects what is not closed") {
  ServerUnderTest server;
  server.create("a");
  const json closed = server.close(server.create("closed"));
  const auto events = server.watch(kList + version_of(closed) + kOpenOnly, 2);
  REQUIRE(events.size() == 2);
  CHECK(name_of(events[0].object) == "a");
  CHECK(kube::ends_list(events[1]));
}

TEST_CASE("a list of nothing as a stream is its end") {
  ServerUnderTest server;
  const auto events = server.watch(kList, 1);
  REQUIRE(events.size() == 1);
  CHECK(kube::ends_list(events[0]));
}

TEST_CASE("a list of any version as a stream is complete too") {
  ServerUnderTest server;
  server.create("a");
  bool is_there = false;
  for (int i = 0; i < 100 && !is_there; ++i) {
    const auto events = server.watch(kList + "0", 1);
    is_there = !events.empty() && events[0].type == Type::Added;
  }
  CHECK(is_there);
}

TEST_CASE("a watch goes on after the list of a stream without a gap") {
  ServerUnderTest server;
  server.create("a");
  const auto list = server.watch(kList, 2);
  REQUIRE(list.size() == 2);
  server.create("b");
  const auto events =
      server.watch("timeoutSeconds=20&resourceVersion=" + version_of(list[1].object), 1);
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == Type::Added);
  CHECK(name_of(events[0].object) == "b");
}

TEST_CASE("a stream from a version that the server has not reached gets an ERROR event of 504") {
  ServerUnderTest server;
  const auto events = server.watch(kList + version_of(server.list("limit=1")) + "000", 1);
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == Type::Error);
  const auto failure = kube::failure_of(events[0].object);
  CHECK(failure.code == 504);
  CHECK(failure.is_version_too_large);
}

TEST_CASE("a stream from a version that is too old is a list of a newer one") {
  ServerUnderTest server;
  server.create("a");
  const auto events = server.watch(kList + "1", 2);
  REQUIRE(events.size() == 2);
  CHECK(kube::ends_list(events[1]));
}

TEST_CASE("a field that can't be selected by is a bad request to a stream, which names it") {
  ServerUnderTest server;
  const auto failure = refusal(server, kList + "&fieldSelector=status.nonsense%21%3Dtrue");
  CHECK(failure.code == 400);
  CHECK(failure.message.find("status.nonsense") != std::string::npos);
}

TEST_CASE("a stream that does not say which versions are good enough is invalid: 422") {
  ServerUnderTest server;
  CHECK(refusal(server, "sendInitialEvents=true&allowWatchBookmarks=true").code == 422);
  CHECK(refusal(server, "resourceVersionMatch=NotOlderThan").code == 422);
}

TEST_CASE("a watch from no version begins with what is there") {
  ServerUnderTest server;
  server.create("a");
  const auto events = server.watch("timeoutSeconds=20", 2, [&] { server.create("b"); });
  REQUIRE(events.size() == 2);
  CHECK(names_in(events) == std::set<std::string>{"a", "b"});
}

}  // namespace
}  // namespace tests
