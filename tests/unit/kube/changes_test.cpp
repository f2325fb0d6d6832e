#include "kube/changes.h"

#include <doctest/doctest.h>

#include <utility>

namespace {

using kube::WatchEvent;
using nlohmann::json;
using Type = WatchEvent::Type;

json object(const std::string& name, const json& status = {{"observedGeneration", -1}}) {
  return {{"kind", "OffsetReset"},
          {"apiVersion", "offsetreset.io/v1alpha1"},
          {"metadata",
           {{"name", name},
            {"namespace", "shop"},
            {"uid", "u-" + name},
            {"resourceVersion", "7"},
            {"generation", 1},
            {"creationTimestamp", "2026-11-22T08:00:00Z"}}},
          {"spec",
           {{"bootstrapServers", "kafka:9092"},
            {"groupId", "orders-consumer"},
            {"topic", "orders"},
            {"to", {{"offset", 10}}}}},
          {"status", status}};
}

const json kClosed{{"observedGeneration", 1}, {"closed", true}};

TEST_CASE("added and modified are applied, deleted is deleted") {
  for (const Type type : {Type::Added, Type::Modified}) {
    const auto change = kube::change_of({type, object("a")});
    REQUIRE(change);
    CHECK(std::get<core::Applied>(*change).resource.key.to_string() == "shop/a");
  }
  const auto change = kube::change_of({Type::Deleted, object("a")});
  REQUIRE(change);
  CHECK(std::get<core::Deleted>(*change).key.to_string() == "shop/a");
  CHECK(std::get<core::Deleted>(*change).uid == "u-a");
}

TEST_CASE("a server without the selector tells of closed ones: they are deleted to us") {
  const auto change = kube::change_of({Type::Modified, object("a", kClosed)});
  REQUIRE(change);
  CHECK(std::get<core::Deleted>(*change).key.name == "a");
  CHECK(std::get<core::Deleted>(*change).uid == "u-a");
}

TEST_CASE("an object that can't be decoded is passed over") {
  json broken = object("broken");
  broken["status"]["rows"] = "none";
  broken["metadata"].erase("uid");
  CHECK_FALSE(kube::change_of({Type::Added, broken}));
  CHECK_FALSE(kube::change_of({Type::Added, json::array()}));
}

TEST_CASE("an object that can't be decoded can still be deleted") {
  json broken = object("broken");
  broken["status"] = "none";
  const auto change = kube::change_of({Type::Deleted, broken});
  REQUIRE(change);
  CHECK(std::get<core::Deleted>(*change).key.name == "broken");
}

TEST_CASE("a bookmark is no change, but has a version") {
  const WatchEvent bookmark{Type::Bookmark, {{"metadata", {{"resourceVersion", "12"}}}}};
  CHECK_FALSE(kube::change_of(bookmark));
  CHECK(kube::resource_version_of(bookmark.object) == "12");
}

TEST_CASE("the end of a list in a stream is a bookmark with a mark") {
  const json mark{{"k8s.io/initial-events-end", "true"}};
  const json marked{{"metadata", {{"resourceVersion", "12"}, {"annotations", mark}}}};
  CHECK(kube::ends_list({Type::Bookmark, marked}));
  CHECK_FALSE(kube::ends_list({Type::Added, marked}));
  for (const json& other : {json{{"metadata", {{"resourceVersion", "12"}}}}, json::object(),
                            json{{"metadata", {{"annotations", "none"}}}},
                            json{{"metadata", {{"annotations", {{"other", "true"}}}}}}}) {
    CHECK_FALSE(kube::ends_list({Type::Bookmark, other}));
  }
}

TEST_CASE("what is no object has no version") {
  CHECK(kube::resource_version_of(json::array()).empty());
}

constexpr auto kNamespaced = core::ConnectionKind::KafkaConnection;
constexpr auto kOfCluster = core::ConnectionKind::ClusterKafkaConnection;

json connection(const std::string& name, const std::string& namespace_name) {
  json metadata{{"name", name}, {"uid", "u-" + name}, {"resourceVersion", "7"}};
  if (!namespace_name.empty()) metadata["namespace"] = namespace_name;
  return {{"metadata", metadata}, {"spec", {{"bootstrapServers", {"kafka:9092"}}}}};
}

TEST_CASE("a connection is applied or deleted, as a resource of its kind") {
  for (const auto& [kind, namespace_name] : {std::pair(kNamespaced, "shop"), {kOfCluster, ""}}) {
    const core::ConnectionId id{kind, {namespace_name, "prod"}};
    const json object = connection("prod", namespace_name);
    for (const Type type : {Type::Added, Type::Modified}) {
      const auto change = kube::change_of(kind, {type, object});
      REQUIRE(change);
      const auto& applied = std::get<core::ConnectionApplied>(*change).connection;
      CHECK(applied.id == id);
      CHECK(applied.spec);
    }
    const auto change = kube::change_of(kind, {Type::Deleted, object});
    REQUIRE(change);
    CHECK(std::get<core::ConnectionDeleted>(*change).id == id);
  }
}

TEST_CASE("a connection with a spec that breaks a rule is still told of") {
  json object = connection("prod", "shop");
  object["spec"]["another"] = 1;
  const auto change = kube::change_of(kNamespaced, {Type::Added, object});
  REQUIRE(change);
  CHECK_FALSE(std::get<core::ConnectionApplied>(*change).connection.spec);
}

TEST_CASE("a connection that can't be decoded is passed over, and can be deleted") {
  json broken = connection("broken", "shop");
  broken["metadata"].erase("uid");
  CHECK_FALSE(kube::change_of(kNamespaced, {Type::Modified, broken}));
  CHECK(kube::change_of(kNamespaced, {Type::Deleted, broken}));
  CHECK_FALSE(kube::change_of(kNamespaced, {Type::Bookmark, connection("a", "shop")}));
}

}  // namespace
