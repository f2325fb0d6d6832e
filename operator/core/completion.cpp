#include "core/completion.h"

#include <algorithm>

#include "core/beginning.h"
#include "core/messages.h"
#include "core/pass.h"
#include "core/plan.h"
#include "core/progress.h"

namespace core {
namespace {

// The summary may have been edited away meanwhile; what it counts are the rows.
Finish succeed(const Observed& seen) {
  Status status = current(seen).status;
  if (!status.summary) status.summary = impact(status.rows);
  Error outcome{Reason::OffsetsReset, reset_message(spec_of(seen), *status.summary)};
  return finish(seen, std::move(status), std::move(outcome));
}

// It ends with partitions that are not where the plan wanted them: the summary says how many.
Finish finish_unapplied(const Observed& seen, const Snapshot& snapshot, Error outcome) {
  Status status = current(seen).status;
  status.summary = count_applied(status.summary.value_or(Summary{}), status.rows, snapshot);
  return finish(seen, std::move(status), std::move(outcome));
}

Step read_back(const Observed& seen) {
  return Verify{read_back_request(spec_of(seen), saved_rows(seen))};
}

// Whoever reads that a right is missing must not take the reset for not begun.
Finish finish_unread(const Observed& seen, const Error& error,
                     std::string (*message)(const Spec&, const Error&)) {
  if (!is_final(error.reason)) return finish(seen, error);
  return finish(seen, {error.reason, message(spec_of(seen), error)});
}

Step verify(const Observed& seen) {
  if (!seen.verified) return read_back(seen);
  if (!*seen.verified) return finish_unread(seen, seen.verified->error(), unread_message);
  const auto failed = not_applied(saved_rows(seen), **seen.verified);
  if (failed.empty()) return succeed(seen);
  return finish_unapplied(seen, **seen.verified,
                          {Reason::VerificationFailed, not_applied_message(spec_of(seen), failed)});
}

// The coordinator refused for good. Of a request over several topics it may have applied a part
// before: that is told, and never lost.
Step conclude_refusal(const Observed& seen) {
  const Error& refusal = seen.committed->error();
  if (!seen.verified) return read_back(seen);
  if (!*seen.verified) return finish(seen, seen.verified->error());
  const auto applied = count_applied(Summary{}, saved_rows(seen), **seen.verified);
  if (applied.moved == 0) return finish_without_plan(seen, refusal);
  return finish_unapplied(seen, **seen.verified,
                          {refusal.reason, partly_applied_message(refusal, applied)});
}

// The group has members again, and a plan is saved. It is kept only if a part of it is applied.
Step wait_with_plan(const Observed& seen, const Snapshot& snapshot, const Progress& done) {
  const Status& status = current(seen).status;
  if (!done.is_begun()) {
    return wait_for_group(seen, snapshot.group, without_plan(status, spec_of(seen)));
  }
  Finish wait = wait_for_group(seen, snapshot.group, status, half_applied_message(done));
  if (wait.outcome.reason == Reason::GroupStillActive && wait.write) {
    wait.write->status.summary =
        count_applied(status.summary.value_or(Summary{}), status.rows, snapshot);
  }
  return wait;
}

Finish leave_alone(const Observed& seen, const Snapshot& snapshot, const Progress& done) {
  return finish_unapplied(seen, snapshot,
                          {Reason::OffsetsMoved, moved_message(spec_of(seen), done.elsewhere)});
}

// One request that is refused is refused as a whole. Of several, those before it are applied.
Step after_refusal_by_members(const Observed& seen, std::size_t requests) {
  if (requests == 1) {
    const GroupSnapshot nobody_named{GroupState::Unknown, GroupType::Unknown, "", {}};
    return wait_for_group(seen, nobody_named, without_plan(current(seen).status, spec_of(seen)));
  }
  if (!seen.verified) return read_back(seen);
  if (!*seen.verified) return finish(seen, seen.verified->error());
  const Snapshot& now = **seen.verified;
  const auto done = progress(spec_of(seen), seen.resource.uid, saved_rows(seen), now);
  if (!done.elsewhere.empty()) return leave_alone(seen, now, done);
  return done.is_done() ? succeed(seen) : wait_with_plan(seen, now, done);
}

Step after_commit(const Observed& seen, std::size_t requests) {
  if (*seen.committed) return verify(seen);
  const Error& error = seen.committed->error();
  // Not begun, as another operator may lead by now: what it writes is not to be overwritten.
  if (error.reason == Reason::Conflict) return finish_without_write(error);
  if (kind_of(error.reason) == Kind::TransientError) return finish(seen, error);
  if (error.reason != Reason::GroupActive) return conclude_refusal(seen);
  return after_refusal_by_members(seen, requests);
}

// A saved plan of which nothing is seen in Kafka: it was never committed, or consumers were rewound
// and have read on to exactly where they were before. The second must not be mistaken for the
// first.
std::optional<Step> rule_out_a_return(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  if (!can_return_to_before(resource.status.rows)) return std::nullopt;
  if (!seen.history) {
    const TimePoint since = resource.status.start_time.value_or(resource.created) - kClockSkew;
    return FindCommit{history_request(spec_of(seen), resource.uid, resource.status.rows, since)};
  }
  if (*seen.history && !**seen.history) return std::nullopt;
  if (!*seen.history && kind_of(seen.history->error().reason) == Kind::TransientError) {
    return finish(seen, seen.history->error());
  }
  // Another operator may have committed between our two looks: what counts is what is there now.
  if (*seen.history && !seen.verified) return read_back(seen);
  if (seen.verified && !*seen.verified) return finish(seen, seen.verified->error());
  const Snapshot& now = seen.verified ? **seen.verified : **seen.snapshot;
  if (*seen.history && not_applied(resource.status.rows, now).empty()) return succeed(seen);
  const std::string message = *seen.history
                                  ? returned_message(spec_of(seen))
                                  : cannot_tell_message(spec_of(seen), seen.history->error());
  return finish_unapplied(seen, now, {Reason::OffsetsMoved, message});
}

}  // namespace

Step recover(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  const auto& rows = saved_rows(seen);
  if (!seen.snapshot) return ReadKafka{read_back_request(spec, rows)};
  if (!*seen.snapshot) return finish_unread(seen, seen.snapshot->error(), unseen_message);
  if (is_other_cluster(current(seen).status.cluster_id, **seen.snapshot)) {
    return finish(
        seen, {Reason::OffsetsMoved, other_cluster_message(spec, current(seen).status.cluster_id,
                                                           (*seen.snapshot)->cluster_id)});
  }
  const auto done = progress(spec, seen.resource.uid, rows, **seen.snapshot);
  if (!done.elsewhere.empty()) return leave_alone(seen, **seen.snapshot, done);
  if (done.is_done()) return succeed(seen);
  if (seen.committed) return after_commit(seen, done.requests);
  if (!done.is_begun()) {
    if (auto step = rule_out_a_return(seen)) return *std::move(step);
    if (is_expired(spec, seen.now)) {
      return finish_without_plan(seen, {Reason::Expired, expired_message(spec)});
    }
  }
  if ((*seen.snapshot)->group.is_active()) return wait_with_plan(seen, **seen.snapshot, done);
  auto requests = commit_requests(spec, seen.resource.uid, rows);
  requests.erase(requests.begin(),
                 requests.begin() + static_cast<std::ptrdiff_t>(done.requests_done));
  return CommitPlan{std::move(requests)};
}

Step apply(const Observed& seen) {
  if (auto step = refused_write(seen, *seen.saved)) return *std::move(step);
  const auto selection = selected(seen);
  const auto planned = selection ? make_plan(spec_of(seen), *selection, **seen.snapshot)
                                 : tl::unexpected(selection.error());
  if (!planned || saved_rows(seen) != *planned) {
    return finish(seen, {Reason::InternalError, not_kept_message("partitions")});
  }
  auto requests = commit_requests(spec_of(seen), seen.resource.uid, saved_rows(seen));
  if (seen.committed) return after_commit(seen, requests.size());
  return CommitPlan{std::move(requests)};
}

}  // namespace core
