#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "core/next.h"
#include "support/builders.h"

// What core::next is shown in tests, and what it says.
namespace tests {

inline core::Snapshot empty_group() {
  return SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 80);
}
inline core::Snapshot active_group() { return SnapshotBuilder().member("app-1"); }

inline core::Observed fresh(core::Spec spec = SpecBuilder()) {
  core::Observed seen;
  seen.resource = tests::resource(std::move(spec));
  seen.now = at_second(2'000);
  return seen;
}

template <typename Wanted>
Wanted expect(const core::Step& step) {
  const auto* found = std::get_if<Wanted>(&step);
  REQUIRE(found != nullptr);
  return *found;
}

inline core::Finish finish(const core::Observed& seen) { return expect<core::Finish>(next(seen)); }

// As after SavePlan: the server stored what it was given, under a new version.
inline core::Observed saved(core::Observed seen) {
  auto stored = expect<core::SavePlan>(next(seen)).resource;
  stored.resource_version = "101";
  seen.saved = std::move(stored);
  return seen;
}

// A later pass over a resource whose plan was saved.
inline core::Observed recovering(core::Snapshot now_in_kafka) {
  core::Observed seen = fresh();
  seen.snapshot = empty_group();
  core::Observed later = fresh();
  later.resource = **saved(seen).saved;
  later.snapshot = std::move(now_in_kafka);
  return later;
}

inline core::Snapshot with_offsets(std::int64_t first, std::int64_t second) {
  return SnapshotBuilder().partition(0, 100, first).partition(0, 100, second);
}

inline core::Snapshot joined_by(core::Snapshot snapshot, std::string client_id) {
  snapshot.group.state = core::GroupState::Stable;
  snapshot.group.members.push_back({std::move(client_id), "10.0.0.7", 2});
  return snapshot;
}

}  // namespace tests
