#include <doctest/doctest.h>

#include "core/resource_codec.h"
#include "kube/api.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;

struct World {
  ServerUnderTest server;
  kube::Api& api{server.api()};

  core::ObjectKey key(const std::string& name) const { return {server.namespace_name(), name}; }
};

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

TEST_CASE("a Secret is read with its data in base64, and one that is not there is NotFound") {
  World world;
  world.server.create_secret("user", {{"password", "czNjcmV0"}});
  const std::string path = "/api/v1/namespaces/" + world.server.namespace_name() + "/secrets/";
  const auto read = world.server.get(path + "user");
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(read->at("data") == json{{"password", "czNjcmV0"}});
  const auto absent = world.server.get(path + "nobody");
  REQUIRE_FALSE(absent);
  CHECK(kube::is_absent(absent.error()));
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
