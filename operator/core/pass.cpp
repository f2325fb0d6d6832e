#include "core/pass.h"

#include <algorithm>

#include "core/conditions.h"
#include "core/messages.h"
#include "core/names.h"
#include "core/selection.h"

namespace core {

using std::chrono::milliseconds;

namespace {

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

}  // namespace

const Spec& spec_of(const Observed& seen) { return *seen.resource.spec; }

const OffsetReset& current(const Observed& seen) {
  if (seen.saved && *seen.saved) return **seen.saved;
  if (seen.instant && *seen.instant) return **seen.instant;
  return seen.resource;
}

const std::vector<Row>& saved_rows(const Observed& seen) { return current(seen).status.rows; }

bool is_expired(const Spec& spec, TimePoint now) { return spec.not_after && now > *spec.not_after; }

bool has_time_to_live(const OffsetReset& resource) { return resource.spec && resource.spec->ttl; }

milliseconds until_deletion(milliseconds left) {
  return std::clamp(left, milliseconds(1), milliseconds(kClockPoll));
}

Finish finish_without_write(Error outcome, milliseconds poll) {
  return {std::move(outcome), std::nullopt, poll, std::nullopt};
}

Finish finish(const Observed& seen, Status status, Error outcome, milliseconds poll) {
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

Finish finish(const Observed& seen, Error outcome, milliseconds poll) {
  return finish(seen, current(seen).status, std::move(outcome), poll);
}

Status without_plan(Status status, const Spec& spec) {
  status.rows.clear();
  status.summary.reset();
  status.cluster_id.clear();
  status.resolved_timestamp = resolved_timestamp(spec, status.ago_from);
  status.destination = describe_destination(spec);
  return status;
}

Finish finish_without_plan(const Observed& seen, Error outcome, milliseconds poll) {
  return finish(seen, without_plan(current(seen).status, spec_of(seen)), std::move(outcome), poll);
}

bool is_other_cluster(const std::string& planned, const Snapshot& snapshot) {
  return !planned.empty() && !snapshot.cluster_id.empty() && planned != snapshot.cluster_id;
}

milliseconds until(const Observed& seen, TimePoint then) {
  const auto& not_after = spec_of(seen).not_after;
  if (not_after) then = std::min(then, *not_after + milliseconds(1));
  return std::clamp(milliseconds(then - seen.now), milliseconds(1), kClockPoll);
}

Finish wait_for_group(const Observed& seen, const GroupSnapshot& group, Status status,
                      const std::string& already) {
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

std::optional<Step> refused_write(const Observed& seen, const Result<OffsetReset>& stored) {
  if (stored) return std::nullopt;
  const Error& error = stored.error();
  if (kind_of(error.reason) != Kind::TransientError) return finish(seen, error);
  return finish_without_write(error);
}

}  // namespace core
