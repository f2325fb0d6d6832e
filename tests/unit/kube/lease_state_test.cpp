#include "kube/lease_state.h"

#include <doctest/doctest.h>

#include "support/builders.h"

using namespace std::chrono_literals;
using kube::LeaseAbsent;
using kube::LeaseFound;
using kube::LeaseRecord;
using kube::LeaseState;
using kube::LeaseUncertain;
using kube::LeaseWritten;

namespace {

const LeaseState::TimePoint kBegin{100h};
const core::TimePoint kWall = tests::at_second(1);

LeaseState candidate() {
  LeaseState state;
  state.identity = "me";
  return state;
}

LeaseRecord of(const std::string& holder, const std::string& renewed = "t0") {
  return {holder, 15s, "t0", renewed, 3};
}

std::optional<LeaseRecord> wanted(const LeaseState& state, LeaseState::TimePoint now) {
  const auto todo = step(state, now, kWall);
  const auto* write = std::get_if<kube::WriteLease>(&todo);
  return write == nullptr ? std::nullopt : std::optional(write->record);
}

bool waits(const LeaseState& state, LeaseState::TimePoint now) {
  return std::holds_alternative<kube::WaitForLease>(step(state, now, kWall));
}

bool reads(const LeaseState& state, LeaseState::TimePoint now) {
  return std::holds_alternative<kube::ReadLease>(step(state, now, kWall));
}

LeaseState leader() {
  return next(next(candidate(), LeaseAbsent{kBegin}), LeaseWritten{of("me"), kBegin});
}

}  // namespace

TEST_CASE("a candidate reads the lease first") { CHECK(reads(candidate(), kBegin)); }

TEST_CASE("a lease that is not there is created") {
  const auto state = next(candidate(), LeaseAbsent{kBegin});
  const auto todo = step(state, kBegin, kWall);
  const auto* write = std::get_if<kube::WriteLease>(&todo);
  REQUIRE(write != nullptr);
  CHECK(write->is_new);
  CHECK(write->record.holder == "me");
  CHECK(write->record.duration == 15s);
  CHECK(write->record.transitions == 0);
  CHECK(write->record.acquire_time == write->record.renew_time);
}

TEST_CASE("a lease that somebody gave back is taken at once") {
  const auto state = next(candidate(), LeaseFound{of(""), kBegin});
  const auto record = wanted(state, kBegin);
  REQUIRE(record);
  CHECK(record->holder == "me");
  CHECK(record->transitions == 4);
}

TEST_CASE("a lease of another's is waited for until it was not renewed for its duration") {
  auto state = next(candidate(), LeaseFound{of("other"), kBegin});
  CHECK(waits(state, kBegin + 14'999ms));
  CHECK(wanted(state, kBegin + 15s));
  SUBCASE("counted from when it was last seen to change") {
    state = next(state, LeaseFound{of("other", "t1"), kBegin + 10s});
    CHECK(waits(state, kBegin + 24'999ms));
    CHECK(wanted(state, kBegin + 25s));
  }
  SUBCASE("and not from when it was last read") {
    state = next(state, LeaseFound{of("other"), kBegin + 10s});
    CHECK(wanted(state, kBegin + 15s));
  }
}

TEST_CASE("who waits reads again before it takes a lease") {
  const auto state = next(next(candidate(), LeaseFound{of("other"), kBegin}), LeaseUncertain{});
  CHECK(reads(state, kBegin + 1h));
}

TEST_CASE("a leader renews without reading") {
  const auto record = wanted(leader(), kBegin + 2s);
  REQUIRE(record);
  CHECK(record->holder == "me");
  CHECK(record->acquire_time == "t0");
  CHECK(record->renew_time != "t0");
  CHECK(record->transitions == 3);
}

TEST_CASE("a leader holds the lease from before its last renewal was sent") {
  const auto state = next(leader(), LeaseWritten{of("me", "t1"), kBegin + 2s});
  CHECK(held_until(state) == kBegin + 17s);
  CHECK(held_until(candidate()) < kBegin);
}

TEST_CASE("a leader that can't renew gives up while the lease is still its own") {
  const auto state = next(leader(), LeaseUncertain{});
  CHECK_FALSE(is_lost(state, kBegin + 9'999ms));
  CHECK(is_lost(state, kBegin + 10s));
  CHECK(held_until(state) == kBegin + 15s);
}

TEST_CASE("a leader whose renewal was lost goes on when it reads its own name") {
  auto state = next(leader(), LeaseUncertain{});
  CHECK(reads(state, kBegin + 2s));
  state = next(state, LeaseFound{of("me", "t1"), kBegin + 2s});
  CHECK_FALSE(is_lost(state, kBegin + 3s));
  CHECK(held_until(state) == kBegin + 15s);
  CHECK(wanted(state, kBegin + 3s)->holder == "me");
}

TEST_CASE("a leader that was replaced is one no more") {
  const auto state = next(next(leader(), LeaseUncertain{}), LeaseFound{of("other"), kBegin + 3s});
  CHECK(is_lost(state, kBegin + 3s));
  CHECK(held_until(state) < kBegin);
  CHECK(waits(state, kBegin + 3s));
}

TEST_CASE("who created the lease without hearing of it takes it up") {
  auto state = next(next(candidate(), LeaseAbsent{kBegin}), LeaseUncertain{});
  state = next(state, LeaseFound{of("me"), kBegin + 1s});
  CHECK_FALSE(state.is_leader);
  const auto record = wanted(state, kBegin + 1s);
  REQUIRE(record);
  CHECK(record->transitions == 3);
}

TEST_CASE("a lease that is given back names nobody and ends soon") {
  const auto record = released(leader(), kWall);
  CHECK(record.holder.empty());
  CHECK(record.duration == 1s);
  CHECK(record.transitions == 3);
}

TEST_CASE("a lease keeps what others wrote into it") {
  const auto lease = nlohmann::json::parse(
      R"({"metadata": {"name": "a", "labels": {"b": "c"}}, "spec": {"strategy": "x"}})");
  const auto written = with_record(lease, of("me"));
  CHECK(written.at("metadata") == lease.at("metadata"));
  CHECK(written.at("spec").at("strategy") == "x");
  CHECK(kube::lease_record(written) == of("me"));
}

TEST_CASE("a lease of another shape counts as nobody's") {
  for (const char* text : {"null", "[]", "{}", R"({"spec": null})", R"({"spec": []})",
                           R"({"spec": {"holderIdentity": 1, "leaseDurationSeconds": "x"}})"}) {
    CHECK(kube::lease_record(nlohmann::json::parse(text)) == LeaseRecord{});
  }
}
