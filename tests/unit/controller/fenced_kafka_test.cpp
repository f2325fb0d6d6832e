#include "controller/fenced_kafka.h"

#include <doctest/doctest.h>

#include "controller/reconciler.h"
#include "core/conditions.h"
#include "support/builders.h"
#include "support/world.h"

using controller::FencedKafka;
using core::Reason;
using tests::World;

namespace {

World world_of_one() {
  return World(tests::resource(), World::Topic{{0, 100, core::Commit{90, 0, ""}, {}}});
}

controller::Outcome run(World& world, FencedKafka::MayCommit may_commit) {
  FencedKafka kafka(world, std::move(may_commit));
  controller::Reconciler reconciler(kafka, world, [] { return tests::at_second(2'000); });
  core::Observed seen;
  seen.resource = world.resource();
  seen.now = tests::at_second(2'000);
  return reconciler.reconcile(std::move(seen));
}

}  // namespace

TEST_CASE("an operator that leads commits") {
  World world = world_of_one();
  CHECK(run(world, [] { return true; }).result.reason == Reason::OffsetsReset);
  CHECK(world.committed(0) == 10);
}

TEST_CASE("an operator that may not lead much longer commits nothing, and leaves the saved plan") {
  World world = world_of_one();
  const auto outcome = run(world, [] { return false; });
  CHECK(outcome.result.reason == Reason::Conflict);
  CHECK(world.commits() == 0);
  CHECK(world.status_writes() == 1);
  CHECK(has_saved_plan(world.resource().status));
  SUBCASE("which the one that leads then goes on with") {
    CHECK(run(world, [] { return true; }).result.reason == Reason::OffsetsReset);
    CHECK(world.committed(0) == 10);
    CHECK(world.effective_commits() == 1);
  }
}
