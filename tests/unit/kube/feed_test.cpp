#include "kube/feed.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

using kube::WatchEvent;
using nlohmann::json;
using Type = WatchEvent::Type;

constexpr auto kNamespaced = core::ConnectionKind::KafkaConnection;
constexpr auto kOfCluster = core::ConnectionKind::ClusterKafkaConnection;

WatchEvent event(Type type, const std::string& name) {
  return {
      type,
      {{"metadata",
        {{"namespace", "shop"}, {"name", name}, {"uid", "u-" + name}, {"resourceVersion", "7"}}},
       {"spec", {{"bootstrapServers", {"kafka:9092"}}}}}};
}

struct Resets {
  std::vector<core::Change> told;
  std::unique_ptr<kube::Feed> feed =
      kube::reset_feed("shop", [this](core::Change change) { told.push_back(std::move(change)); });
};
struct Connections {
  std::vector<core::ConnectionChange> told;
  std::unique_ptr<kube::Feed> feed = kube::connection_feed(
      kNamespaced, "shop",
      [this](core::ConnectionChange change) { told.push_back(std::move(change)); });
};

TEST_CASE("what is watched is the kind's own") {
  const auto resets = kube::reset_feed("shop", {});
  CHECK(resets->watched().kind == "OffsetReset");
  CHECK(resets->watched().collection.path ==
        "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets");
  CHECK(resets->watched().collection.selector == "status.closed!=true");
  const auto connections = kube::connection_feed(kNamespaced, "", {});
  CHECK(connections->watched().kind == "KafkaConnection");
  CHECK(connections->watched().collection.path == "/apis/offsetreset.io/v1alpha1/kafkaconnections");
  CHECK(connections->watched().collection.selector.empty());
  const auto of_cluster = kube::connection_feed(kOfCluster, "", {});
  CHECK(of_cluster->watched().kind == "ClusterKafkaConnection");
  CHECK(of_cluster->watched().plural == "clusterkafkaconnections");
}

TEST_CASE("resets of a list are handed on as one, with what came of them meanwhile") {
  Resets resets;
  resets.feed->begin_list();
  for (const char* name : {"b", "a", "gone"}) resets.feed->collect(event(Type::Added, name));
  resets.feed->collect(event(Type::Deleted, "gone"));
  CHECK(resets.told.empty());
  CHECK(resets.feed->hand_on_list(true) == 2);
  REQUIRE(resets.told.size() == 1);
  const auto& list = std::get<core::Relisted>(resets.told[0]);
  CHECK(list.namespace_name == "shop");
  CHECK(list.is_other_history);
  REQUIRE(list.resources.size() == 2);
  CHECK(list.resources[0].key.name == "a");
}

TEST_CASE("connections of a list are handed on as one, with what came of them meanwhile") {
  Connections connections;
  connections.feed->begin_list();
  for (const char* name : {"b", "a", "gone"}) connections.feed->collect(event(Type::Added, name));
  connections.feed->collect(event(Type::Deleted, "gone"));
  CHECK(connections.told.empty());
  CHECK(connections.feed->hand_on_list(false) == 2);
  REQUIRE(connections.told.size() == 1);
  const auto& list = std::get<core::ConnectionsRelisted>(connections.told[0]);
  CHECK(list.kind == kNamespaced);
  CHECK(list.namespace_name == "shop");
  REQUIRE(list.connections.size() == 2);
  CHECK(list.connections[0].id == core::ConnectionId{kNamespaced, {"shop", "a"}});
}

TEST_CASE("a list that is begun anew holds nothing of the one before") {
  Connections connections;
  connections.feed->collect(event(Type::Added, "a"));
  connections.feed->begin_list();
  CHECK(connections.feed->hand_on_list(false) == 0);
}

TEST_CASE("a change of the watch is handed on at once, a bookmark never") {
  Resets resets;
  Connections connections;
  for (const Type type : {Type::Added, Type::Deleted, Type::Bookmark}) {
    resets.feed->hand_on(event(type, "a"));
    connections.feed->hand_on(event(type, "a"));
  }
  REQUIRE(resets.told.size() == 2);
  CHECK(std::holds_alternative<core::Applied>(resets.told[0]));
  CHECK(std::holds_alternative<core::Deleted>(resets.told[1]));
  REQUIRE(connections.told.size() == 2);
  CHECK(std::holds_alternative<core::ConnectionApplied>(connections.told[0]));
  CHECK(std::holds_alternative<core::ConnectionDeleted>(connections.told[1]));
}

}  // namespace
