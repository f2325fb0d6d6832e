#include "core/next.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/conditions.h"
#include "core/messages.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/progress.h"
#include "core/selection.h"
#include "core/status_codec.h"

namespace core {
namespace {

using std::chrono::milliseconds;

const Spec& spec_of(const Observed& seen) { return *seen.resource.spec; }

// The resource as it stands on the API server, as far as this pass knows.
const OffsetReset& current(const Observed& seen) {
  if (seen.saved && *seen.saved) return **seen.saved;
  if (seen.instant && *seen.instant) return **seen.instant;
  return seen.resource;
}

const std::vector<Row>& saved_rows(const Observed& seen) { return current(seen).status.rows; }

bool is_expired(const Spec& spec, TimePoint now) { return spec.not_after && now > *spec.not_after; }

// It stays open, as somebody has to delete it.
bool has_time_to_live(const OffsetReset& resource) { return resource.spec && resource.spec->ttl; }

// When to look again at one that has, and is finished.
milliseconds until_deletion(milliseconds left) {
  return std::clamp(left, milliseconds(1), milliseconds(kClockPoll));
}

Finish finish_without_write(Error outcome, milliseconds poll = milliseconds(0)) {
  return {std::move(outcome), std::nullopt, poll, std::nullopt};
}

// Ends the pass with `outcome` in the status; written only if that changes what it says.
Finish finish(const Observed& seen, Status status, Error outcome,
              milliseconds poll = milliseconds(0)) {
  OffsetReset resource = current(seen);
  set_outcome(status, outcome, resource.generation, seen.now);
  if (has_time_to_live(resource) && is_final(outcome.reason)) {
    status.closed = false;
    poll = until_deletion(*resource.spec->ttl);
  }
  const bool is_about_members =
      outcome.reason == Reason::GroupActive || outcome.reason == Reason::GroupStillActive;
  if (!is_about_members) status.group.reset();
  if (status == resource.status) return finish_without_write(std::move(outcome), poll);
  resource.status = std::move(status);
  return {std::move(outcome), std::move(resource), poll, std::nullopt};
}

Finish finish(const Observed& seen, Error outcome, milliseconds poll = milliseconds(0)) {
  return finish(seen, current(seen).status, std::move(outcome), poll);
}

// A status as it is while nothing is planned: what a dropped plan leaves behind is gone.
Status without_plan(Status status, const Spec& spec) {
  status.rows.clear();
  status.summary.reset();
  status.resolved_timestamp = resolved_timestamp(spec, status.ago_from);
  status.destination = describe_destination(spec);
  return status;
}

Finish finish_without_plan(const Observed& seen, Error outcome,
                           milliseconds poll = milliseconds(0)) {
  return finish(seen, without_plan(current(seen).status, spec_of(seen)), std::move(outcome), poll);
}

Status with_plan(Status status, const Spec& spec, const std::string& uid, std::vector<Row> rows) {
  status = without_plan(std::move(status), spec);
  status.group.reset();
  status.summary = impact(rows);
  status.summary->requests = static_cast<std::int64_t>(commit_requests(spec, uid, rows).size());
  status.rows = std::move(rows);
  return status;
}

// How long to sleep until then, or until the reset expires.
milliseconds until(const Observed& seen, TimePoint then) {
  const auto& not_after = spec_of(seen).not_after;
  if (not_after) then = std::min(then, *not_after + milliseconds(1));
  return std::clamp(milliseconds(then - seen.now), milliseconds(1), kClockPoll);
}

GroupStatus shown(const GroupSnapshot& group) {
  GroupStatus status{std::string(name_of(group.state)), std::string(name_of(group.type)),
                     static_cast<std::int64_t>(group.members.size()), group.members};
  std::sort(status.members.begin(), status.members.end());
  if (status.members.size() > kMembersNamed) status.members.resize(kMembersNamed);
  return status;
}

bool names_members(const Status& status) { return status.group && !status.group->members.empty(); }

// Only who is in the group differs from what the status says: not worth a write every time, once
// somebody is named. Nobody is when the commit was refused, or while the group rebalances. When it
// is time; none: now.
std::optional<TimePoint> time_to_update(const Observed& seen, const Status& wanted) {
  const Status& have = current(seen).status;
  if (names_members(wanted) && !names_members(have)) return std::nullopt;
  const bool is_about_members_only = reason_of(have) == Reason::GroupActive &&
                                     have.waiting_since == wanted.waiting_since &&
                                     have.rows == wanted.rows;
  if (!is_about_members_only || !seen.last_write) return std::nullopt;
  const TimePoint then = *seen.last_write + kMembersWrite;
  return seen.now < then ? std::optional(then) : std::nullopt;
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
  Error outcome{Reason::GroupActive, active_message(spec, *status.group, deadline) + already};
  if (const auto then = time_to_update(seen, status)) {
    const bool is_news = status.group != current(seen).status.group;
    return finish_without_write(std::move(outcome),
                                until(seen, is_news ? std::min(deadline, *then) : deadline));
  }
  return finish(seen, std::move(status), std::move(outcome), until(seen, deadline));
}

// ---- reasons not to begin

// A saved plan keeps what its status says: the write-ahead log is not touched out of turn.
Step wait_for_turn(const Observed& seen) {
  Error outcome{Reason::Queued, queued_message(spec_of(seen), *seen.ahead)};
  if (has_saved_plan(seen.resource.status)) {
    return finish_without_write(std::move(outcome), kQueuePoll);
  }
  return finish_without_plan(seen, std::move(outcome), until(seen, seen.now + kQueuePoll));
}

Step rest(const Observed& seen) {
  const bool has_plan = has_saved_plan(seen.resource.status);
  Error outcome{Reason::Suspended, suspended_message(spec_of(seen), has_plan)};
  if (has_plan) return finish(seen, std::move(outcome));
  Status status = without_plan(current(seen).status, spec_of(seen));
  status.waiting_since.reset();  // a wait begins anew when it is resumed
  return finish(seen, std::move(status), std::move(outcome));
}

// The dry run of this generation is done: it waits for its approval.
bool is_dry_run_done(const OffsetReset& resource) {
  return resource.spec->dry_run && reason_of(resource.status) == Reason::DryRunSucceeded &&
         resource.status.observed_generation == resource.generation;
}

// What holds back a reset that has not begun.
std::optional<Step> hold_back(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (seen.resource.is_being_deleted) {
    return finish_without_write({Reason::Conflict, "the resource is being deleted"});
  }
  if (is_dry_run_done(seen.resource)) {
    return finish_without_write({Reason::DryRunSucceeded, "waits for its approval"});
  }
  if (is_expired(spec, seen.now)) {
    return finish_without_plan(seen, {Reason::Expired, expired_message(spec)});
  }
  if (spec.not_before && seen.now < *spec.not_before) {
    return finish_without_plan(seen, {Reason::NotYet, not_yet_message(spec)},
                               until(seen, *spec.not_before));
  }
  if (seen.ahead) return wait_for_turn(seen);
  return std::nullopt;
}

// ---- from a fresh resource to a saved plan

// What an API server answered to a status write without which nothing can go on.
std::optional<Step> refused_write(const Observed& seen, const Result<OffsetReset>& stored) {
  if (stored) return std::nullopt;
  const Error& error = stored.error();
  if (kind_of(error.reason) != Kind::TransientError) return finish(seen, error);
  return finish_without_write(error);
}

std::optional<Step> save_instant(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (!uses_ago(spec) || current(seen).status.ago_from) return std::nullopt;
  if (seen.instant) {
    if (auto step = refused_write(seen, *seen.instant)) return step;
    return finish(seen, {Reason::InternalError, not_kept_message("agoFrom")});
  }
  OffsetReset resource = seen.resource;
  resource.status.ago_from = seen.now;
  resource.status = without_plan(std::move(resource.status), spec);
  return SaveInstant{std::move(resource)};
}

// What the spec refers to beside Kafka.
std::optional<Step> read_inputs(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  const auto& namespace_name = seen.resource.key.namespace_name;
  if (!spec.to) return std::nullopt;
  if (const auto* undo = std::get_if<ToUndo>(&*spec.to)) {
    if (!seen.undone) return ReadReset{{namespace_name, undo->name}};
    if (!*seen.undone) return finish_without_plan(seen, seen.undone->error());
  }
  if (const auto* csv = std::get_if<ToCsv>(&*spec.to)) {
    if (!seen.csv) return ReadConfigMap{{namespace_name, csv->config_map}, csv->key};
    if (!*seen.csv) return finish_without_plan(seen, seen.csv->error());
  }
  return std::nullopt;
}

Result<Selection> selected(const Observed& seen) {
  Inputs inputs;
  inputs.ago_from = current(seen).status.ago_from;
  if (seen.undone) inputs.undone = **seen.undone;
  if (seen.csv) inputs.csv_text = **seen.csv;
  return select(spec_of(seen), inputs);
}

std::map<TopicPartition, std::optional<std::int64_t>> commits_in(const Snapshot& snapshot) {
  std::map<TopicPartition, std::optional<std::int64_t>> commits;
  for (const PartitionSnapshot& at : snapshot.partitions) {
    auto& offset = commits[{at.topic, at.partition}];
    if (at.committed) offset = at.committed->offset;
  }
  return commits;
}

// An empty group's commits have to rest for a while before they are moved.
std::optional<Step> settle(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (spec.dry_run || spec.guards.settle.count() == 0) return std::nullopt;
  Settling settling{seen.now, commits_in(**seen.snapshot)};
  Status status = without_plan(current(seen).status, spec);
  if (seen.settling && seen.settling->commits == settling.commits) {
    settling.since = seen.settling->since;
    if (seen.now - settling.since >= spec.guards.settle) return std::nullopt;
  } else if (seen.settling) {
    if (!status.waiting_since) status.waiting_since = seen.now;
    if (seen.now >= *status.waiting_since + spec.wait) {
      return finish(seen, std::move(status),
                    {Reason::GroupStillActive, never_settled_message(spec)});
    }
  }
  Finish waiting =
      finish(seen, std::move(status), {Reason::Settling, settling_message(spec)},
             until(seen, std::min(settling.since + spec.guards.settle, seen.now + kGroupPoll)));
  waiting.settling = std::move(settling);
  return waiting;
}

// The plan as it would stand in the status with that outcome; refused if it is too large for one.
Result<OffsetReset> with_outcome(const Observed& seen, std::vector<Row> rows, Reason reason,
                                 std::string (*message)(const Spec&, const Summary&)) {
  const Spec& spec = spec_of(seen);
  OffsetReset resource = current(seen);
  const auto partitions = rows.size();
  resource.status = with_plan(std::move(resource.status), spec, resource.uid, std::move(rows));
  set_outcome(resource.status, {reason, message(spec, *resource.status.summary)},
              resource.generation, seen.now);
  const auto bytes = encode_status(resource.status).dump().size();
  if (bytes <= kMaxStatusBytes) return resource;
  return fail(Reason::TooManyPartitions,
              too_many_message(partitions, partitions * kMaxStatusBytes / bytes));
}

// Ends the pass with the plan in the status, for people to look at.
Step show_plan(const Observed& seen, std::vector<Row> rows, Error outcome) {
  Status status =
      with_plan(current(seen).status, spec_of(seen), seen.resource.uid, std::move(rows));
  return finish(seen, std::move(status), std::move(outcome));
}

Step plan(const Observed& seen, const Selection& selection) {
  const Spec& spec = spec_of(seen);
  const Snapshot& snapshot = **seen.snapshot;
  auto rows = make_plan(spec, selection, snapshot);
  if (!rows) return finish_without_plan(seen, rows.error());
  const Reason reason = spec.dry_run              ? Reason::DryRunSucceeded
                        : changes_anything(*rows) ? Reason::Planned
                                                  : Reason::NothingToReset;
  const auto message = spec.dry_run                ? dry_run_message
                       : reason == Reason::Planned ? planned_message
                                                   : nothing_message;
  auto planned = with_outcome(seen, *rows, reason, message);
  if (!planned) return finish_without_plan(seen, planned.error());
  const Summary& summary = *planned->status.summary;
  if (auto error = exceeded_guard(spec, summary)) {
    return show_plan(seen, std::move(*rows), std::move(*error));
  }
  if (reason == Reason::Planned) return SavePlan{std::move(*planned)};
  return show_plan(seen, std::move(*rows), {reason, message(spec, summary)});
}

// What is known of the group without asking Kafka again.
std::optional<Step> heed_watch(const Observed& seen) {
  if (!seen.watched || spec_of(seen).dry_run) return std::nullopt;
  if (!*seen.watched) return finish_without_plan(seen, seen.watched->error());
  const GroupSnapshot& group = **seen.watched;
  if (!group.is_active()) return std::nullopt;
  return wait_for_group(seen, group, without_plan(current(seen).status, spec_of(seen)));
}

Step begin(const Observed& seen) {
  if (auto step = save_instant(seen)) return *std::move(step);
  if (auto step = heed_watch(seen)) return *std::move(step);
  if (auto step = read_inputs(seen)) return *std::move(step);
  const auto selection = selected(seen);
  if (!selection) return finish_without_plan(seen, selection.error());
  const Spec& spec = spec_of(seen);
  if (!seen.snapshot) return ReadKafka{read_request(spec, *selection)};
  if (!*seen.snapshot) return finish_without_plan(seen, seen.snapshot->error());
  const GroupSnapshot& group = (*seen.snapshot)->group;
  if (group.is_active() && !spec.dry_run) {
    return wait_for_group(seen, group, without_plan(current(seen).status, spec));
  }
  if (auto step = settle(seen)) return *std::move(step);
  return plan(seen, *selection);
}

// ---- from a saved plan to the end

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

Step verify(const Observed& seen) {
  if (!seen.verified) return read_back(seen);
  if (!*seen.verified) return finish(seen, seen.verified->error());
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

// A plan that an earlier pass saved: what of it is in Kafka?
Step recover(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  const auto& rows = saved_rows(seen);
  if (!seen.snapshot) return ReadKafka{read_back_request(spec, rows)};
  if (!*seen.snapshot) return finish(seen, seen.snapshot->error());
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

// The plan that this pass saved.
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

// ---- after the end

Step after_the_end(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  const Error outcome{reason_of(resource.status).value_or(Reason::NothingToReset),
                      "finished before"};
  if (resource.status.closed || !has_time_to_live(resource)) return finish_without_write(outcome);
  const TimePoint due = resource.status.completion_time.value_or(seen.now) + *resource.spec->ttl;
  if (seen.now < due) {
    return finish_without_write(outcome, until_deletion(due - seen.now));
  }
  if (!seen.deleted) return DeleteReset{resource.key, resource.uid};
  if (*seen.deleted) return finish_without_write(outcome);
  return finish_without_write({Reason::KubernetesUnavailable, seen.deleted->error().message});
}

}  // namespace

Step next(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  if (resource.status.closed || is_finished(resource.status)) return after_the_end(seen);
  if (!resource.spec) return finish(seen, resource.spec.error());
  if (resource.spec->suspend) return rest(seen);
  if (seen.saved) return apply(seen);
  if (has_saved_plan(resource.status)) return seen.ahead ? wait_for_turn(seen) : recover(seen);
  if (auto step = hold_back(seen)) return *std::move(step);
  return begin(seen);
}

bool wants_turn(const OffsetReset& resource, TimePoint now) {
  const bool has_ended = resource.status.closed || is_finished(resource.status);
  if (!resource.spec || has_ended || resource.spec->suspend) return false;
  if (has_saved_plan(resource.status)) return true;
  return !resource.spec->dry_run &&
         !(resource.spec->not_before && now < *resource.spec->not_before);
}

}  // namespace core
