#include <doctest/doctest.h>

#include "kube/lease_record.h"
#include "kube/paths.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const kube::LeaseRecord kMine{"me", 15s, "2026-11-22T08:00:00.000000Z",
                              "2026-11-22T08:00:00.000000Z", 0};

struct World {
  ServerUnderTest server;

  kube::Answer create(const kube::LeaseRecord& record) {
    const auto lease = with_record(kube::new_lease(server.namespace_name(), "a"), record);
    return server.http().send({.method = "POST",
                               .path = kube::leases_path(server.namespace_name()),
                               .body = lease.dump()});
  }
  kube::Answer put(const json& lease) {
    return server.http().send({.method = "PUT",
                               .path = kube::lease_path(server.namespace_name(), "a"),
                               .body = lease.dump()});
  }
};

TEST_CASE("a lease is stored as it was written, and renewed") {
  World world;
  const auto created = world.create(kMine);
  REQUIRE_MESSAGE(created, created.error().message);
  CHECK(kube::lease_record(*created) == kMine);
  auto renewed = kMine;
  renewed.renew_time = "2026-11-22T08:00:02.123000Z";
  renewed.transitions = 1;
  const auto put = world.put(with_record(*created, renewed));
  REQUIRE_MESSAGE(put, put.error().message);
  CHECK(kube::lease_record(*put) == renewed);
}

TEST_CASE("of two who write a lease that they have read, one does") {
  World world;
  const auto created = world.create(kMine);
  REQUIRE(created);
  auto other = kMine;
  other.holder = "other";
  CHECK(world.put(with_record(*created, other)));
  const auto late = world.put(with_record(*created, kMine));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == 409);
}

TEST_CASE("of two who create a lease, one does") {
  World world;
  REQUIRE(world.create(kMine));
  const auto late = world.create(kMine);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == 409);
}

TEST_CASE("a lease can be given back") {
  World world;
  const auto created = world.create(kMine);
  REQUIRE(created);
  auto released = kMine;
  released.holder = "";
  released.duration = 1s;
  const auto put = world.put(with_record(*created, released));
  REQUIRE_MESSAGE(put, put.error().message);
  CHECK(kube::lease_record(*put) == released);
}

}  // namespace
}  // namespace tests
