#include <doctest/doctest.h>

#include <tuple>
#include <vector>

#include "core/resource_codec.h"
#include "kube/api.h"
#include "kube/base64.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;

struct World {
  ServerUnderTest server;
  kube::Api& api{server.api()};

  core::ObjectKey key(const std::string& name) const { return {server.namespace_name(), name}; }
};

constexpr core::ConnectionKind kConnectionKinds[] = {core::ConnectionKind::KafkaConnection,
                                                     core::ConnectionKind::ClusterKafkaConnection};

bool has(const core::Error& error, const std::string& words) {
  return error.message.find(words) != std::string::npos;
}

TEST_CASE("what is not there is a Status of reason NotFound, a kind that is not there is none") {
  ServerUnderTest server;
  const auto absent = server.get(server.collection() + "/a");
  REQUIRE_FALSE(absent);
  CHECK(kube::is_absent(absent.error()));
  const auto unknown = server.get("/apis/not.installed/v1/namespaces/default/things/a");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == 404);
  CHECK_FALSE(kube::is_absent(unknown.error()));
}

TEST_CASE("a reset is read by its name, also one that is closed") {
  World world;
  world.server.close(world.server.create("a"));
  const auto read = world.api.read_reset(world.key("a"));
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(read->key == world.key("a"));
  CHECK(read->status.closed);
  REQUIRE(read->spec);
  CHECK(read->spec->group == "orders-consumer");
}

TEST_CASE("a reset that was just written is read as it was written") {
  World world;
  auto resource = *core::decode_offset_reset(world.server.create("a"));
  resource.status.destination = "offset 10";
  const auto written = world.api.write_status(resource);
  REQUIRE_MESSAGE(written, written.error().message);
  const auto read = world.api.read_reset(world.key("a"));
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(*read == *written);
}

TEST_CASE("a reset that is not there is told by name") {
  World world;
  world.server.create("b");
  const auto read = world.api.read_reset(world.key("a"));
  REQUIRE_FALSE(read);
  CHECK(read.error().reason == core::Reason::InvalidSpec);
  CHECK(read.error().message ==
        "there is no OffsetReset a in namespace " + world.server.namespace_name());
}

TEST_CASE("a text in a ConfigMap is read as it is") {
  World world;
  const std::string text =
      "\"b\xC3\xBC"
      "cher\",0,5\r\n\torders,1,7\n";
  const std::string large(1'000'000, 'x');
  world.server.create_config_map("positions",
                                 {{"data", {{"a.csv", text}, {"b", large}, {"c", ""}}}});
  const auto read = [&](const std::string& key) {
    const auto found = world.api.read_config_map(world.key("positions"), key);
    REQUIRE_MESSAGE(found, found.error().message);
    return *found;
  };
  CHECK(read("a.csv") == text);
  CHECK(read("b") == large);
  CHECK(read("c").empty());
}

TEST_CASE("a Secret's values are read as they were before base64, whatever they are") {
  World world;
  const std::string bytes("\0\xFF\n", 3);
  world.server.create_secret("user", {{"password", kube::to_base64("s3cret")},
                                      {"keystore", kube::to_base64(bytes)},
                                      {"empty", ""}});
  const core::Holder holder{core::Holder::Kind::Secret, world.key("user")};
  const auto read = world.api.read_texts(holder);
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(*read == core::Texts{{"password", "s3cret"}, {"keystore", bytes}, {"empty", ""}});
}

TEST_CASE("a ConfigMap's values are read, binary ones too") {
  World world;
  world.server.create_config_map("ca",
                                 {{"data", {{"ca.crt", "PEM"}}}, {"binaryData", {{"b", "//4="}}}});
  const auto read = world.api.read_texts({core::Holder::Kind::ConfigMap, world.key("ca")});
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(*read == core::Texts{{"ca.crt", "PEM"}, {"b", "\xFF\xFE"}});
}

TEST_CASE("a Secret or ConfigMap that is not there is told by name") {
  World world;
  for (const auto& [kind, reason, words] :
       {std::tuple(core::Holder::Kind::Secret, core::Reason::SecretNotFound, "Secret"),
        {core::Holder::Kind::ConfigMap, core::Reason::ConfigMapNotFound, "ConfigMap"}}) {
    const auto absent = world.api.read_texts({kind, world.key("absent")});
    REQUIRE_FALSE(absent);
    CHECK(absent.error().reason == reason);
    CHECK(absent.error().message == std::string("there is no ") + words + " absent in namespace " +
                                        world.server.namespace_name() + ": create it");
  }
}

TEST_CASE("a connection of either kind is read by its name") {
  for (const auto kind : kConnectionKinds) {
    World world;
    const auto id = world.server.connection_id(kind, "prod");
    const json created = world.server.create_connection(id, {{"tls", json::object()}});
    const auto read = world.api.read_connection(id);
    REQUIRE_MESSAGE(read, read.error().message);
    CHECK(read->id == id);
    CHECK(read->resource_version == version_of(created));
    REQUIRE(read->spec);
    CHECK(read->spec->bootstrap_servers == std::vector<std::string>{"kafka:9092"});
    CHECK(read->spec->tls);
    CHECK(read->status == core::ConnectionStatus{});
    world.server.remove(id);
  }
}

TEST_CASE("a connection that is not there is told by name") {
  World world;
  const auto namespaced = world.api.read_connection({{}, world.key("prod")});
  REQUIRE_FALSE(namespaced);
  CHECK(namespaced.error().reason == core::Reason::ConnectionNotFound);
  CHECK(namespaced.error().message == "there is no KafkaConnection prod in namespace " +
                                          world.server.namespace_name() +
                                          ": create it, or name another in spec.connectionRef");
  const auto id = world.server.connection_id(core::ConnectionKind::ClusterKafkaConnection, "prod");
  const auto of_cluster = world.api.read_connection(id);
  REQUIRE_FALSE(of_cluster);
  CHECK(of_cluster.error().reason == core::Reason::ConnectionNotFound);
  CHECK(of_cluster.error().message == "there is no ClusterKafkaConnection " + id.key.name +
                                          ": create it, or name another in spec.connectionRef");
}

TEST_CASE("a namespace's labels are read, and one that is not there is told by name") {
  World world;
  const std::string& name = world.server.namespace_name();
  const auto read = world.api.read_namespace_labels(name);
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(*read == core::Labels{{"kubernetes.io/metadata.name", name}, {"purpose", "contract"}});
  const auto absent = world.api.read_namespace_labels(name + "-not");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().reason == core::Reason::ConnectionNotFound);
  CHECK(has(absent.error(), "there is no namespace " + name + "-not"));
}

TEST_CASE("a ConfigMap or a key that is not there is told by name") {
  World world;
  world.server.create_config_map("positions", {{"data", {{"b.csv", "x"}}}});
  world.server.create_config_map("empty", json::object());
  world.server.create_config_map("binary", {{"binaryData", {{"a.csv", "//4="}}}});
  for (const auto& [name, words] :
       {std::pair("absent", "there is no ConfigMap absent in namespace "),
        {"positions", "has no key a.csv, only b.csv: add it"},
        {"empty", "has no key a.csv, no data at all: add it"},
        {"binary", "is in its binaryData: write it as UTF-8 text, under data"}}) {
    CAPTURE(name);
    const auto read = world.api.read_config_map(world.key(name), "a.csv");
    REQUIRE_FALSE(read);
    CHECK(read.error().reason == core::Reason::ConfigMapNotFound);
    CHECK_MESSAGE(has(read.error(), words), read.error().message);
    CHECK(has(read.error(), world.server.namespace_name()));
  }
}

}  // namespace
}  // namespace tests
