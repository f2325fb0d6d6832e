#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "kube/lease_record.h"
#include "kube/micro_time.h"

namespace kube {

struct LeaseTiming {
  std::chrono::milliseconds duration{15'000};        // a lease that is not renewed ends after it
  std::chrono::milliseconds renew_deadline{10'000};  // a leader that can't renew gives up after it
  std::chrono::milliseconds retry_period{2'000};
};

// Where the election stands, as one candidate sees it. Pure: LeaderElection does the asking. The
// rules are client-go's: whether a lease has ended is told by this machine's monotonic clock since
// it was last seen to change, never by the times in it, so that clocks need not agree.
struct LeaseState {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::string identity;
  LeaseTiming timing;

  bool is_known = false;  // what the server has: `seen`, or that there is none
  std::optional<LeaseRecord> seen;
  TimePoint changed_at;  // when `seen` was seen first
  bool is_leader = false;
  TimePoint renewed_at;  // before the request went out that renewed it last
};

// What came of a request for the lease. `sent_at`: before it went out.
struct LeaseFound {
  LeaseRecord record;
  LeaseState::TimePoint at;
};
struct LeaseAbsent {
  LeaseState::TimePoint at;
};
struct LeaseWritten {
  LeaseRecord record;
  LeaseState::TimePoint sent_at;
};
// Somebody else was faster, or it is not known whether it was written: it has to be read again.
struct LeaseUncertain {};
using LeaseOutcome = std::variant<LeaseFound, LeaseAbsent, LeaseWritten, LeaseUncertain>;

LeaseState next(LeaseState state, const LeaseOutcome& outcome);

// What to ask now.
struct ReadLease {};
struct WriteLease {
  LeaseRecord record;
  bool is_new = false;
};
// Somebody else holds it.
struct WaitForLease {};
using LeaseStep = std::variant<ReadLease, WriteLease, WaitForLease>;

// `wall_time`: for the times that people read in the lease.
LeaseStep step(const LeaseState& state, LeaseState::TimePoint now, MicroTime wall_time);

// A leader that another has replaced, or that could not renew for too long.
bool is_lost(const LeaseState& state, LeaseState::TimePoint now);

// Until when nobody else can have it; the past unless it is ours.
LeaseState::TimePoint held_until(const LeaseState& state);

// What a leader that ends writes, so that the next one need not wait.
LeaseRecord released(const LeaseState& state, MicroTime wall_time);

}  // namespace kube
