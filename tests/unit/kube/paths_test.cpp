#include "kube/paths.h"

#include <doctest/doctest.h>

#include "core/resource_codec.h"

namespace {

using kube::WatchState;

constexpr const char* kAll = "/apis/offsetreset.io/v1alpha1/offsetresets";
const kube::Collection kOpen{kAll, "status.closed!=true"};
const kube::Collection kOpenInShop{"/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets",
                                   "status.closed!=true"};

TEST_CASE("resources are found by namespace, or in all of them") {
  CHECK(kube::collection_path(core::kPlural, "") == kAll);
  CHECK(kube::collection_path(core::kPlural, "shop") ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets");
  CHECK(kube::status_path(core::kPlural, {"shop", "replay.1"}) ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets/replay.1/status");
}

TEST_CASE("an object is found by its name") {
  CHECK(kube::object_path(core::kPlural, {"shop", "replay.1"}) ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets/replay.1");
  CHECK(kube::config_map_path({"shop", "positions"}) ==
        "/api/v1/namespaces/shop/configmaps/positions");
  CHECK(kube::config_map_path({"shop", "../a?b"}) ==
        "/api/v1/namespaces/shop/configmaps/..%2Fa%3Fb");
}

TEST_CASE("what a connection is of is found by its name") {
  CHECK(kube::status_path("clusterkafkaconnections", {"", "prod"}) ==
        "/apis/offsetreset.io/v1alpha1/clusterkafkaconnections/prod/status");
  CHECK(kube::secret_path({"shop", "kafka-user"}) == "/api/v1/namespaces/shop/secrets/kafka-user");
  CHECK(kube::secret_path({"a/b", "../c?d"}) == "/api/v1/namespaces/a%2Fb/secrets/..%2Fc%3Fd");
  CHECK(kube::namespace_path("shop") == "/api/v1/namespaces/shop");
}

TEST_CASE("what has no selector is listed and watched as a whole") {
  const kube::Collection all{"/apis/offsetreset.io/v1alpha1/kafkaconnections", ""};
  WatchState state;
  CHECK(kube::list_path(all, state) == all.path + "?limit=500&resourceVersion=0");
  state.phase = WatchState::Phase::Watch;
  state.resource_version = "42";
  CHECK(kube::watch_path(all, state, std::chrono::seconds(310)) ==
        all.path + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=310&resourceVersion=42");
}

TEST_CASE("the first list takes any version, what is not closed, in pages") {
  CHECK(kube::list_path(kOpen, WatchState{}) ==
        std::string(kAll) + "?limit=500&fieldSelector=status.closed%21%3Dtrue&resourceVersion=0");
}

TEST_CASE("a list after a version says that a newer one is as good") {
  WatchState state;
  state.resource_version = "42";
  CHECK(kube::list_path(kOpen, state) ==
        std::string(kAll) +
            "?limit=500&fieldSelector=status.closed%21%3Dtrue&resourceVersion=42"
            "&resourceVersionMatch=NotOlderThan");
}

TEST_CASE("the list of the newest names no version") {
  WatchState state;
  state.resource_version = "";
  CHECK(kube::list_path(kOpen, state) ==
        std::string(kAll) + "?limit=500&fieldSelector=status.closed%21%3Dtrue");
}

TEST_CASE("a next page names its token only") {
  WatchState state;
  state.resource_version = "42";
  state.continue_token = "a+b/c==";
  CHECK(kube::list_path(kOpen, state) ==
        std::string(kAll) +
            "?limit=500&fieldSelector=status.closed%21%3Dtrue&continue=a%2Bb%2Fc%3D%3D");
}

TEST_CASE("a list as a stream is a watch that begins with what is there") {
  const WatchState state;
  CHECK(kube::watch_path(kOpenInShop, state, std::chrono::seconds(310)) ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets?watch=true"
        "&allowWatchBookmarks=true&timeoutSeconds=310&resourceVersion=0"
        "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        "&fieldSelector=status.closed%21%3Dtrue");
}

TEST_CASE("a watch goes on after a version, with bookmarks and an end") {
  WatchState state;
  state.phase = WatchState::Phase::Watch;
  state.resource_version = "42";
  CHECK(kube::watch_path(kOpenInShop, state, std::chrono::seconds(310)) ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets?watch=true"
        "&allowWatchBookmarks=true&timeoutSeconds=310&resourceVersion=42"
        "&fieldSelector=status.closed%21%3Dtrue");
}

TEST_CASE("a server that refuses the selector is not sent it") {
  WatchState state;
  state.with_selector = false;
  CHECK(kube::list_path(kOpen, state) == std::string(kAll) + "?limit=500&resourceVersion=0");
  CHECK(kube::watch_path(kOpen, state, std::chrono::seconds(300)).find("fieldSelector") ==
        std::string::npos);
}

}  // namespace
