#include <doctest/doctest.h>

#include "kube/paths.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;

struct World {
  ServerUnderTest server;

  std::string path(const std::string& name) const {
    return kube::events_path(server.namespace_name()) + "/" + name;
  }
  kube::Telling telling(const std::string& note = "done") const {
    return kube::telling_of({{server.namespace_name(), "replay"},
                             "uid-1",
                             core::Event::Type::Normal,
                             "OffsetsReset",
                             note});
  }
  kube::Answer create(const kube::Telling& telling, const std::string& name) {
    const auto now = kube::wall_clock();
    return server.http().send({.method = "POST",
                               .path = kube::events_path(server.namespace_name()),
                               .body = event_object(telling, name, "pod-1", now).dump()});
  }
  kube::Answer patch(const std::string& name, int count) {
    const auto now = kube::wall_clock();
    return server.http().send(
        {.method = "PATCH", .path = path(name), .body = kube::series_patch(count, now).dump()});
  }
};

TEST_CASE("an event is taken as it is") {
  World world;
  for (const auto& telling :
       {world.telling(), world.telling(""), world.telling(std::string(2'000, 'x'))}) {
    const auto name = event_name(telling.regarding, telling.note.size());
    const auto created = world.create(telling, name);
    REQUIRE_MESSAGE(created, created.error().message);
    const auto found = world.server.get(world.path(name));
    REQUIRE_MESSAGE(found, found.error().message);
    CHECK(found->value("note", "") == kube::cut_note(telling.note));
    CHECK(found->at("regarding").at("uid") == "uid-1");
    CHECK(found->at("type") == "Normal");
  }
}

TEST_CASE("an event is counted up by a merge patch") {
  World world;
  REQUIRE(world.create(world.telling(), "replay.1"));
  for (const int count : {2, 3}) {
    const auto patched = world.patch("replay.1", count);
    REQUIRE_MESSAGE(patched, patched.error().message);
    CHECK(patched->at("series").at("count") == count);
  }
}

TEST_CASE("an event under a name that is taken is 409, a patch of one that is not there 404") {
  World world;
  REQUIRE(world.create(world.telling(), "replay.1"));
  const auto again = world.create(world.telling(), "replay.1");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == 409);
  const auto absent = world.patch("replay.2", 2);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == 404);
}

}  // namespace
}  // namespace tests
