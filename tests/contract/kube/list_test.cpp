#include <doctest/doctest.h>

#include <set>

#include "kube/paths.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;

constexpr const char* kOpenOnly = "fieldSelector=status.closed%21%3Dtrue";

std::set<std::string> names_in(const json& list) {
  std::set<std::string> names;
  for (const auto& item : list.at("items")) names.insert(name_of(item));
  return names;
}

TEST_CASE("a list comes in pages, all of them of the version of the first") {
  ServerUnderTest server;
  for (const char* name : {"a", "b", "c", "d", "e"}) server.create(name);
  const json first = server.list("limit=2");
  CHECK(names_in(first) == std::set<std::string>{"a", "b"});
  server.create("bb");
  const std::string token = first.at("metadata").at("continue");
  const json second = server.list("limit=2&continue=" + token);
  CHECK(names_in(second) == std::set<std::string>{"c", "d"});
  CHECK(version_of(second) == version_of(first));
  const std::string next_token = second.at("metadata").at("continue");
  const json last = server.list("limit=2&continue=" + next_token);
  CHECK(names_in(last) == std::set<std::string>{"e"});
  CHECK(last.at("metadata").value("continue", "") == "");
}

TEST_CASE("a list at resourceVersion 0 soon holds what is there") {
  ServerUnderTest server;
  server.create("a");
  bool is_there = false;
  for (int i = 0; i < 100 && !is_there; ++i) {
    is_there = names_in(server.list("limit=500&resourceVersion=0")).contains("a");
  }
  CHECK(is_there);
}

TEST_CASE("a list at resourceVersion 0 comes whole, whatever its limit") {
  ServerUnderTest server;
  for (const char* name : {"a", "b", "c"}) server.create(name);
  json list;
  for (int i = 0; i < 100 && (list.is_null() || names_in(list).size() < 3); ++i) {
    list = server.list("limit=1&resourceVersion=0");
  }
  CHECK(names_in(list) == std::set<std::string>{"a", "b", "c"});
  CHECK(list.at("metadata").value("continue", "") == "");
}

TEST_CASE("a continue token expires with its version: 410") {
  ServerUnderTest server;
  const std::string token = server.expired_continue_token();
  const auto answer = server.get(server.collection() + "?limit=1&continue=" + token);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 410);
  CHECK(answer.error().reason == "Expired");
}

TEST_CASE("a continue token that can't be read is a bad request") {
  ServerUnderTest server;
  const auto answer = server.get(server.collection() + "?limit=1&continue=nonsense");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 400);
}

TEST_CASE("a list that is not older than a version holds what had been written by then") {
  ServerUnderTest server;
  const json object = server.create("a");
  const json list = server.list("limit=500&resourceVersionMatch=NotOlderThan&resourceVersion=" +
                                version_of(object));
  CHECK(names_in(list).contains("a"));
}

TEST_CASE("a version that the server has not reached is refused as too large") {
  ServerUnderTest server;
  const std::string future = version_of(server.list("limit=1")) + "000";
  const auto answer =
      server.get(server.collection() +
                 "?limit=500&resourceVersionMatch=NotOlderThan&resourceVersion=" + future);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 504);
  CHECK(answer.error().is_version_too_large);
}

TEST_CASE("a list selects what is not closed") {
  ServerUnderTest server;
  server.create("open");
  server.close(server.create("closed"));
  server.put_status(server.create("reopened"), {{"observedGeneration", 1}, {"closed", false}});
  CHECK(names_in(server.list(kOpenOnly)) == std::set<std::string>{"open", "reopened"});
}

TEST_CASE("a field that can't be selected by is a bad request") {
  ServerUnderTest server;
  const auto answer = server.get(server.collection() + "?fieldSelector=status.nonsense%21%3Dtrue");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 400);
}

TEST_CASE("a new resource has the status that the CRD gives it, and generation 1") {
  ServerUnderTest server;
  const json object = server.create("a");
  CHECK(object.at("status").at("observedGeneration") == -1);
  CHECK(object.at("metadata").at("generation") == 1);
}

TEST_CASE("a resource that is not there is 404") {
  ServerUnderTest server;
  const auto answer = server.get(server.collection() + "/nobody");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 404);
}

}  // namespace
}  // namespace tests
