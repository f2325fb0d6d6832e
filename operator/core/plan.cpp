#include "core/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/resolve.h"
#include "core/saturated_sum.h"
#include "core/text.h"

namespace core {
namespace {

Row make_row(const PartitionSnapshot& at, const Resolved& resolved) {
  Row row;
  row.topic = at.topic;
  row.partition = at.partition;
  if (at.committed) row.before = at.committed->offset;
  row.after = resolved.offset;
  row.log_start = at.log_start;
  row.log_end = at.log_end;
  row.note = resolved.note;
  return row;
}

// The partitions that were asked for by number and do not exist.
std::optional<Error> missing_partitions(const Selection& selection, const Snapshot& snapshot) {
  std::vector<std::string> missing;
  for (const Target& target : selection.targets) {
    const auto found = snapshot.partition_counts.find(target.topic);
    const auto count = found == snapshot.partition_counts.end() ? 0 : found->second;
    for (const std::int32_t partition : target.partitions) {
      if (partition < count) continue;
      missing.push_back(fmt::format("topic {} has {}, 0 to {}: there is no partition {}",
                                    target.topic, counted(count, "partition"), count - 1,
                                    partition));
    }
  }
  if (missing.empty()) return std::nullopt;
  return Error{Reason::PartitionNotFound, listed(missing)};
}

// The refusals of a plan. The first reason wins: what is told is one thing to mend.
class Refusals {
 public:
  void add(Refusal refusal, const Target& target) {
    if (details_.empty()) {
      reason_ = refusal.reason;
      destination_ = target.destination;
    }
    if (refusal.reason == reason_ && target.destination == destination_) {
      details_.push_back(std::move(refusal.detail));
    }
  }
  bool empty() const { return details_.empty(); }
  Error error(const Spec& spec) const {
    return {reason_, refusal_message(spec, reason_, destination_, details_)};
  }

 private:
  Reason reason_ = Reason::InternalError;
  std::string destination_;
  std::vector<std::string> details_;
};

const Target* target_of(const Selection& selection, const PartitionSnapshot& at) {
  if (selection.all_committed) return &*selection.all_committed;
  const auto found = std::lower_bound(
      selection.targets.begin(), selection.targets.end(), at.topic,
      [](const Target& target, const std::string& topic) { return target.topic < topic; });
  return found != selection.targets.end() && found->topic == at.topic ? &*found : nullptr;
}

}  // namespace

Result<std::vector<Row>> make_plan(const Spec& spec, const Selection& selection,
                                   const Snapshot& snapshot) {
  if (auto error = missing_partitions(selection, snapshot)) {
    return tl::unexpected<Error>(std::move(*error));
  }
  if (selection.all_committed && snapshot.partitions.empty()) {
    return fail(Reason::CommitMissing,
                fmt::format("group {} has no committed offset in any topic, so allTopics names no "
                            "partition; write the topics",
                            spec.group));
  }
  std::vector<Row> rows;
  Refusals refusals;
  for (const PartitionSnapshot& at : snapshot.partitions) {
    const Target* target = target_of(selection, at);
    if (target == nullptr) continue;
    if (auto resolved = resolve(spec, *target, at)) {
      rows.push_back(make_row(at, *resolved));
    } else {
      refusals.add(std::move(resolved.error()), *target);
    }
  }
  if (!refusals.empty()) return tl::unexpected<Error>(refusals.error(spec));
  return rows;
}

Summary impact(const std::vector<Row>& rows) {
  const auto add = [](std::int64_t& total, std::int64_t records) {
    total = saturated_sum(total, std::max<std::int64_t>(0, records));
  };
  Summary sum;
  for (const Row& row : rows) {
    ++sum.partitions;
    ++(row.is_skipped() ? sum.skipped : row.is_move() ? sum.moved : sum.unchanged);
    const bool is_clamped =
        row.note == Note::ClampedToEarliest || row.note == Note::ClampedToLatest;
    if (is_clamped) ++sum.clamped;
    if (row.before) {
      const auto lowest = row.after.value_or(row.log_start);
      const auto highest = row.after.value_or(row.log_end);
      add(sum.replay_records, *row.before - lowest);
      add(sum.skip_records, highest - *row.before);
      add(sum.lag_before, row.log_end - *row.before);
    }
    if (row.after) add(sum.lag_after, row.log_end - *row.after);
  }
  return sum;
}

bool changes_anything(const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.is_change(); });
}

std::optional<Error> exceeded_guard(const Spec& spec, const Summary& summary) {
  const auto check = [&](std::int64_t records, const std::optional<std::int64_t>& most,
                         const char* effect, const char* field) -> std::optional<Error> {
    if (!most || records <= *most) return std::nullopt;
    return Error{
        Reason::GuardExceeded,
        fmt::format("this plan for group {} {} {}, and guards.{} is {}: nothing was "
                    "committed. Look at status.partitions; if it is what you want, apply "
                    "a new reset with guards.{} of at least {}",
                    spec.group, effect, counted(records, "record"), field, *most, field, records)};
  };
  auto error = check(summary.replay_records, spec.guards.max_replay_records, "would read again",
                     "maxReplayRecords");
  if (error) return error;
  return check(summary.skip_records, spec.guards.max_skip_records, "would skip", "maxSkipRecords");
}

}  // namespace core
