#include "core/next.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/conditions.h"
#include "core/messages.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/status_codec.h"

namespace core {
namespace {

using std::chrono::milliseconds;

const Spec& spec_of(const Observed& seen) { return *seen.resource.spec; }

// The resource as it stands on the API server, as far as this pass knows.
const OffsetReset& current(const Observed& seen) {
  return seen.saved && *seen.saved ? **seen.saved : seen.resource;
}

// Rows of a resource that is not closed are a plan that was saved.
const std::vector<Row>& saved_rows(const Observed& seen) { return current(seen).status.rows; }

ReadRequest read_request(const Spec& spec) {
  ReadRequest request{spec.bootstrap_servers, spec.group, spec.topic, spec.partition, {}, false};
  if (const auto* to = std::get_if<ToTimestamp>(&spec.to)) request.timestamp = to->timestamp;
  return request;
}

// Reads back a saved plan: it matters whatever the group does now.
ReadRequest read_back_request(const Spec& spec) {
  return {spec.bootstrap_servers, spec.group, spec.topic, spec.partition, {}, true};
}

Finish finish_without_write(Error outcome, milliseconds poll = milliseconds(0)) {
  return {std::move(outcome), std::nullopt, poll};
}

// Ends the pass with `outcome` in the status; written only if that changes what it says.
Finish finish(const Observed& seen, Status status, Error outcome,
              milliseconds poll = milliseconds(0)) {
  OffsetReset resource = current(seen);
  set_outcome(status, outcome, resource.generation, seen.now);
  const bool is_about_members =
      outcome.reason == Reason::GroupActive || outcome.reason == Reason::GroupStillActive;
  if (!is_about_members) status.group.reset();
  if (status == resource.status) return finish_without_write(std::move(outcome), poll);
  resource.status = std::move(status);
  return {std::move(outcome), std::move(resource), poll};
}

Finish finish(const Observed& seen, Error outcome, milliseconds poll = milliseconds(0)) {
  return finish(seen, current(seen).status, std::move(outcome), poll);
}

// A status as it is while nothing is planned: what a dropped plan leaves behind is gone.
Status without_plan(Status status, const Spec& spec) {
  status.rows.clear();
  status.summary.reset();
  status.resolved_timestamp.reset();
  status.destination = describe(spec.to);
  return status;
}

Status with_plan(Status status, const Spec& spec, std::vector<Row> rows, std::size_t requests) {
  status = without_plan(std::move(status), spec);
  status.group.reset();
  status.summary = impact(rows);
  status.summary->requests = static_cast<std::int64_t>(requests);
  if (const auto* to = std::get_if<ToTimestamp>(&spec.to))
    status.resolved_timestamp = to->timestamp;
  status.rows = std::move(rows);
  return status;
}

GroupStatus shown(const GroupSnapshot& group) {
  GroupStatus status{std::string(name_of(group.state)), std::string(name_of(group.type)),
                     static_cast<std::int64_t>(group.members.size()), group.members};
  std::sort(status.members.begin(), status.members.end());
  if (status.members.size() > kMembersNamed) status.members.resize(kMembersNamed);
  return status;
}

bool names_members(const Status& status) { return status.group && !status.group->members.empty(); }

// Only who is in the group differs from what the status says: not worth a write every poll, once
// somebody is named. Nobody is when the commit was refused, or while the group rebalances.
bool is_too_early_to_update(const Observed& seen, const Status& wanted) {
  const Status& have = current(seen).status;
  if (names_members(wanted) && !names_members(have)) return false;
  return reason_of(have) == Reason::GroupActive && have.waiting_since == wanted.waiting_since &&
         have.rows == wanted.rows && seen.last_write && seen.now - *seen.last_write < kMembersWrite;
}

// The group has members: wait until it has none, as long as the spec says. `already`: what of the
// plan is applied, for people.
Finish wait_for_group(const Observed& seen, const GroupSnapshot& group, Status status,
                      const std::string& already = "") {
  const Spec& spec = spec_of(seen);
  status.group = shown(group);
  if (!status.waiting_since) status.waiting_since = seen.now;
  const TimePoint deadline = *status.waiting_since + spec.wait;
  if (spec.when_active == WhenActive::Fail || seen.now >= deadline) {
    Error outcome{Reason::GroupStillActive, still_active_message(spec, *status.group) + already};
    return finish(seen, std::move(status), std::move(outcome));
  }
  const auto poll = std::min(kGroupPoll, milliseconds(deadline - seen.now));
  Error outcome{Reason::GroupActive, active_message(spec, *status.group, deadline) + already};
  if (is_too_early_to_update(seen, status)) return finish_without_write(std::move(outcome), poll);
  return finish(seen, std::move(status), std::move(outcome), poll);
}

// A saved plan keeps what its status says: the write-ahead log is not touched out of turn.
Step wait_for_turn(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  Error outcome{Reason::Queued, queued_message(spec, *seen.ahead)};
  if (!seen.resource.status.rows.empty()) {
    return finish_without_write(std::move(outcome), kQueuePoll);
  }
  return finish(seen, without_plan(seen.resource.status, spec), std::move(outcome), kQueuePoll);
}

// ---- from a fresh resource to a saved plan

Step save_plan(const Observed& seen, std::vector<Row> rows) {
  const Spec& spec = spec_of(seen);
  OffsetReset resource = seen.resource;
  const auto requests = commit_requests(spec, resource.uid, rows).size();
  const auto partitions = rows.size();
  resource.status = with_plan(std::move(resource.status), spec, std::move(rows), requests);
  set_outcome(resource.status, {Reason::Planned, planned_message(spec, *resource.status.summary)},
              resource.generation, seen.now);
  const auto bytes = encode_status(resource.status).dump().size();
  if (bytes > kMaxStatusBytes) {
    const auto fit = partitions * kMaxStatusBytes / bytes;
    return finish(seen, {Reason::TooManyPartitions, too_many_message(spec, partitions, fit)});
  }
  return SavePlan{std::move(resource)};
}

Step plan(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  const Snapshot& snapshot = **seen.snapshot;
  if (snapshot.group.is_active()) {
    return wait_for_group(seen, snapshot.group, without_plan(seen.resource.status, spec));
  }
  auto rows = make_plan(spec, snapshot);
  if (!rows) return finish(seen, without_plan(seen.resource.status, spec), rows.error());
  const bool is_to_move =
      std::any_of(rows->begin(), rows->end(), [](const Row& row) { return row.is_move(); });
  if (is_to_move) return save_plan(seen, std::move(*rows));
  Status status = with_plan(seen.resource.status, spec, std::move(*rows), 0);
  Error outcome{Reason::NothingToReset, nothing_message(spec, *status.summary)};
  return finish(seen, std::move(status), std::move(outcome));
}

Step begin(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (seen.resource.is_being_deleted) {
    return finish_without_write({Reason::Conflict, "the resource is being deleted"}, {});
  }
  if (!seen.snapshot) return ReadKafka{read_request(spec)};
  if (!*seen.snapshot) {
    return finish(seen, without_plan(seen.resource.status, spec), seen.snapshot->error());
  }
  return plan(seen);
}

// ---- from a saved plan to the end

Finish succeed(const Observed& seen) {
  return finish(
      seen, {Reason::OffsetsReset, reset_message(spec_of(seen), *current(seen).status.summary)});
}

// It ends with partitions that are not where the plan wanted them: the summary says how many.
Finish finish_unapplied(const Observed& seen, const Snapshot& snapshot, Error outcome) {
  Status status = current(seen).status;
  status.summary = count_applied(status.summary.value_or(Summary{}), status.rows, snapshot);
  return finish(seen, std::move(status), std::move(outcome));
}

Step verify(const Observed& seen) {
  if (!seen.verified) return Verify{read_back_request(spec_of(seen))};
  if (!*seen.verified) return finish(seen, seen.verified->error());
  const auto failed = not_applied(saved_rows(seen), **seen.verified);
  if (failed.empty()) return succeed(seen);
  return finish_unapplied(seen, **seen.verified,
                          {Reason::VerificationFailed, not_applied_message(spec_of(seen), failed)});
}

Step after_commit(const Observed& seen, std::size_t requests) {
  if (*seen.committed) return verify(seen);
  const Error& error = seen.committed->error();
  // One request that is refused is refused as a whole: nothing is applied, and the plan goes. Of
  // several the first may be applied: the plan stays, and the next pass looks.
  const bool is_untouched = requests == 1 && kind_of(error.reason) != Kind::TransientError;
  Status status = current(seen).status;
  if (is_untouched) status = without_plan(std::move(status), spec_of(seen));
  if (error.reason != Reason::GroupActive) return finish(seen, std::move(status), error);
  const GroupSnapshot nobody_named{GroupState::Unknown, GroupType::Unknown, "", {}};
  return wait_for_group(seen, nobody_named, std::move(status));
}

// A saved plan of which nothing is seen in Kafka: it was never committed, or consumers were rewound
// and have read on to exactly where they were before. The second must not be mistaken for the
// first.
std::optional<Step> rule_out_a_return(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  if (!can_return_to_before(resource.status.rows)) return std::nullopt;
  if (!seen.history) {
    const Spec& spec = spec_of(seen);
    return FindCommit{{spec.bootstrap_servers, spec.group, commit_stamp(resource.uid),
                       resource.status.start_time.value_or(resource.created) - kClockSkew}};
  }
  if (*seen.history && !**seen.history) return std::nullopt;
  if (!*seen.history && kind_of(seen.history->error().reason) == Kind::TransientError) {
    return finish(seen, seen.history->error());
  }
  // Another operator may have committed between our two looks: what counts is what is there now.
  if (*seen.history && !seen.verified) return Verify{read_back_request(spec_of(seen))};
  if (seen.verified && !*seen.verified) return finish(seen, seen.verified->error());
  const Snapshot& now = seen.verified ? **seen.verified : **seen.snapshot;
  if (*seen.history && not_applied(resource.status.rows, now).empty()) return succeed(seen);
  const std::string message = *seen.history
                                  ? returned_message(spec_of(seen))
                                  : cannot_tell_message(spec_of(seen), seen.history->error());
  return finish_unapplied(seen, now, {Reason::OffsetsMoved, message});
}

// A plan that an earlier pass saved: what of it is in Kafka?
Step recover(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (!seen.snapshot) return ReadKafka{read_back_request(spec)};
  if (!*seen.snapshot) return finish(seen, seen.snapshot->error());
  const auto& rows = saved_rows(seen);
  const auto done = progress(spec, seen.resource.uid, rows, **seen.snapshot);
  if (!done.elsewhere.empty()) {
    return finish_unapplied(seen, **seen.snapshot,
                            {Reason::OffsetsMoved, moved_message(spec, done.elsewhere)});
  }
  if (done.is_done()) return succeed(seen);
  if (seen.committed) return after_commit(seen, done.requests);
  if (!done.is_begun()) {
    if (auto step = rule_out_a_return(seen)) return *std::move(step);
  }
  const GroupSnapshot& group = (*seen.snapshot)->group;
  const Status& status = seen.resource.status;
  if (group.is_active() && !done.is_begun()) {
    return wait_for_group(seen, group, without_plan(status, spec));
  }
  if (group.is_active()) return wait_for_group(seen, group, status, half_applied_message(done));
  auto requests = commit_requests(spec, seen.resource.uid, rows);
  requests.erase(requests.begin(),
                 requests.begin() + static_cast<std::ptrdiff_t>(done.requests_done));
  return CommitPlan{std::move(requests)};
}

// The plan that this pass saved.
Step apply(const Observed& seen) {
  if (!*seen.saved) {
    const Error& error = seen.saved->error();
    if (kind_of(error.reason) != Kind::TransientError) return finish(seen, error);
    return finish_without_write(error);
  }
  const auto planned = make_plan(spec_of(seen), **seen.snapshot);
  if (!planned || saved_rows(seen) != *planned) {
    return finish(seen, {Reason::InternalError, plan_not_kept_message()});
  }
  auto requests = commit_requests(spec_of(seen), seen.resource.uid, saved_rows(seen));
  if (seen.committed) return after_commit(seen, requests.size());
  return CommitPlan{std::move(requests)};
}

}  // namespace

Step next(const Observed& seen) {
  if (seen.resource.status.closed) {
    const auto reason = reason_of(seen.resource.status).value_or(Reason::NothingToReset);
    return finish_without_write({reason, "closed before"});
  }
  if (!seen.resource.spec) return finish(seen, seen.resource.spec.error());
  if (seen.ahead) return wait_for_turn(seen);
  if (seen.saved) return apply(seen);
  if (!seen.resource.status.rows.empty()) return recover(seen);
  return begin(seen);
}

}  // namespace core
