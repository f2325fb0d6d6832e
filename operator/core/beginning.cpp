#include "core/beginning.h"

#include <algorithm>
#include <map>

#include "core/conditions.h"
#include "core/connecting.h"
#include "core/messages.h"
#include "core/pass.h"
#include "core/plan.h"
#include "core/progress.h"
#include "core/status_codec.h"

namespace core {
namespace {

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

Status with_plan(const Observed& seen, std::vector<Row> rows) {
  const Spec& spec = spec_of(seen);
  const auto& uid = seen.resource.uid;
  Status status = without_plan(current(seen).status, spec);
  status.cluster_id = (*seen.snapshot)->cluster_id;
  status.group.reset();
  status.summary = impact(rows);
  status.summary->requests = static_cast<std::int64_t>(commit_requests(spec, uid, rows).size());
  status.rows = std::move(rows);
  return status;
}

// The plan as it would stand in the status with that outcome; refused if it is too large for one.
Result<OffsetReset> with_outcome(const Observed& seen, std::vector<Row> rows, Reason reason,
                                 std::string (*message)(const Spec&, const Summary&)) {
  const Spec& spec = spec_of(seen);
  OffsetReset resource = current(seen);
  const auto partitions = rows.size();
  resource.status = with_plan(seen, std::move(rows));
  set_outcome(resource.status, {reason, message(spec, *resource.status.summary)},
              resource.generation, seen.now);
  const auto bytes = encode_status(resource.status).dump().size();
  if (bytes <= kMaxStatusBytes) return resource;
  return fail(Reason::TooManyPartitions,
              too_many_message(partitions, partitions * kMaxStatusBytes / bytes));
}

// Ends the pass with the plan in the status, for people to look at.
Step show_plan(const Observed& seen, std::vector<Row> rows, Error outcome) {
  return finish(seen, with_plan(seen, std::move(rows)), std::move(outcome));
}

// A status without plan, and a commit that bears this reset's stamp: somebody has edited the
// status. To plan anew would move a group twice that is moved by a distance.
bool was_applied(const Observed& seen, const std::vector<Row>& rows) {
  const auto stamp = commit_stamp(seen.resource.uid);
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    const auto* at = (*seen.snapshot)->find(row.topic, row.partition);
    return row.is_change() && at != nullptr && at->committed && at->committed->metadata == stamp;
  });
}

// What an earlier reset found on one cluster says nothing about another, to which the connection
// has been turned since.
std::optional<Error> undoes_another_cluster(const Observed& seen) {
  if (!seen.undone) return std::nullopt;
  const OffsetReset& undone = **seen.undone;
  const Snapshot& snapshot = **seen.snapshot;
  if (!is_other_cluster(undone.status.cluster_id, snapshot)) return std::nullopt;
  return Error{Reason::InvalidSpec, other_cluster_undo_message(undone, snapshot.cluster_id)};
}

Step plan(const Observed& seen, const Selection& selection) {
  const Spec& spec = spec_of(seen);
  const Snapshot& snapshot = **seen.snapshot;
  if (auto error = undoes_another_cluster(seen)) {
    return finish_without_plan(seen, *std::move(error));
  }
  auto rows = make_plan(spec, selection, snapshot);
  if (!rows) return finish_without_plan(seen, rows.error());
  if (auto error = denied(seen, read_request(spec, selection), *rows)) {
    return finish_without_plan(seen, *std::move(error));
  }
  const Reason reason = spec.dry_run              ? Reason::DryRunSucceeded
                        : changes_anything(*rows) ? Reason::Planned
                                                  : Reason::NothingToReset;
  const auto message = spec.dry_run                ? dry_run_message
                       : reason == Reason::Planned ? planned_message
                                                   : nothing_message;
  auto planned = with_outcome(seen, *rows, reason, message);
  if (!planned) return finish_without_plan(seen, planned.error());
  const Summary& summary = *planned->status.summary;
  if (reason == Reason::Planned && was_applied(seen, *rows)) {
    return finish_without_plan(seen, {Reason::OffsetsMoved, plan_lost_message(spec)});
  }
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

}  // namespace

Result<Selection> selected(const Observed& seen) {
  Inputs inputs;
  inputs.ago_from = current(seen).status.ago_from;
  if (seen.undone) inputs.undone = **seen.undone;
  if (seen.csv) inputs.csv_text = **seen.csv;
  return select(spec_of(seen), inputs);
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

}  // namespace core
