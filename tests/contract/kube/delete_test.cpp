#include <doctest/doctest.h>

#include "support/kube/server_under_test.h"

namespace tests {
namespace {

struct World {
  ServerUnderTest server;

  core::ObjectKey key() const { return {server.namespace_name(), "a"}; }
  std::string create() { return server.create("a").at("metadata").at("uid"); }
  bool is_there() { return server.get(server.collection() + "/a").has_value(); }
};

TEST_CASE("a reset is deleted if it has that uid") {
  World world;
  const auto uid = world.create();
  const auto deleted = world.server.api().delete_reset(world.key(), uid);
  REQUIRE_MESSAGE(deleted, deleted.error().message);
  CHECK_FALSE(world.is_there());
}

TEST_CASE("a reset that is not there counts as deleted") {
  World world;
  CHECK(world.server.api().delete_reset(world.key(), "uid"));
}

TEST_CASE("another reset of the same name stays") {
  World world;
  const auto uid = world.create();
  world.server.remove("a");
  const auto other = world.create();
  CHECK(uid != other);
  CHECK(world.server.api().delete_reset(world.key(), uid));
  CHECK(world.is_there());
}

}  // namespace
}  // namespace tests
