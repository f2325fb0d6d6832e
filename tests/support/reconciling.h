#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "controller/reconciler.h"
#include "core/conditions.h"
#include "support/builders.h"
#include "support/world.h"

namespace tests {

// The process dies here.
struct Crash {};

// One pass over the world's resource, by an operator that has just started.
inline controller::Outcome run(World& world, const controller::Reconciler::AtEffect& at_effect = {},
                               core::TimePoint now = at_second(2'000)) {
  controller::Reconciler reconciler(
      world, world, [now] { return now; }, at_effect);
  core::Observed seen;
  seen.resource = world.resource();
  seen.now = now;
  return reconciler.reconcile(std::move(seen));
}

// The same, killed at that moment, such as "before SavePlan".
inline void run_and_crash(World& world, const std::string& moment) {
  try {
    run(world, [&](std::string_view at) {
      if (at == moment) throw Crash();
    });
  } catch (const Crash&) {
    return;
  }
  FAIL("there was no such moment");
}

inline core::Reason reason(const World& world) {
  return reason_of(world.resource().status).value_or(core::Reason::InternalError);
}

// As the controller does: again and again, until the resource is closed.
inline void run_to_the_end(World& world) {
  for (int pass = 0; pass < 10 && !world.resource().status.closed; ++pass) {
    run(world, {}, at_second(2'000 + pass));
  }
}

}  // namespace tests
