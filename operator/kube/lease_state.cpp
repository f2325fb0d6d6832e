#include "kube/lease_state.h"

#include <utility>

#include "kube/micro_time.h"

namespace kube {
namespace {

struct Transition {
  LeaseState state;

  LeaseState operator()(const LeaseFound& found) {
    if (!state.seen || *state.seen != found.record) state.changed_at = found.at;
    state.seen = found.record;
    state.is_known = true;
    // A write of ours whose answer was lost does not count: the next one tells.
    if (found.record.holder != state.identity) state.is_leader = false;
    return std::move(state);
  }

  LeaseState operator()(const LeaseAbsent& absent) {
    state.seen.reset();
    state.changed_at = absent.at;
    state.is_known = true;
    return std::move(state);
  }

  LeaseState operator()(const LeaseWritten& written) {
    state.seen = written.record;
    state.changed_at = written.sent_at;
    state.is_known = true;
    state.is_leader = written.record.holder == state.identity;
    state.renewed_at = written.sent_at;
    return std::move(state);
  }

  LeaseState operator()(const LeaseUncertain&) {
    state.is_known = false;
    return std::move(state);
  }
};

bool is_free(const LeaseState& state, LeaseState::TimePoint now) {
  const LeaseRecord& seen = *state.seen;
  return seen.holder.empty() || now >= state.changed_at + seen.duration;
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration);
}

}  // namespace

LeaseState next(LeaseState state, const LeaseOutcome& outcome) {
  return std::visit(Transition{std::move(state)}, outcome);
}

LeaseStep step(const LeaseState& state, LeaseState::TimePoint now, MicroTime wall_time) {
  // One of somebody else's that has ended by what is known may have been renewed since.
  if (!state.is_known) return ReadLease{};
  const std::string time = format_micro_time(wall_time);
  LeaseRecord record{state.identity, whole_seconds(state.timing.duration), time, time, 0};
  if (!state.seen) return WriteLease{record, true};
  record.transitions = state.seen->transitions;
  if (state.seen->holder == state.identity) {
    record.acquire_time = state.seen->acquire_time;
    return WriteLease{record};
  }
  if (!is_free(state, now)) return WaitForLease{};
  ++record.transitions;
  return WriteLease{record};
}

bool is_lost(const LeaseState& state, LeaseState::TimePoint now) {
  return !state.is_leader || now >= state.renewed_at + state.timing.renew_deadline;
}

LeaseState::TimePoint held_until(const LeaseState& state) {
  return state.is_leader ? state.renewed_at + state.timing.duration : LeaseState::TimePoint::min();
}

LeaseRecord released(const LeaseState& state, MicroTime wall_time) {
  LeaseRecord record = state.seen.value_or(LeaseRecord{});
  record.holder.clear();
  record.duration = std::chrono::seconds(1);  // the server takes no 0
  record.renew_time = format_micro_time(wall_time);
  return record;
}

}  // namespace kube
