#include "core/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/messages.h"

namespace core {
namespace {

// Where a partition is to go; no offset: it stays where it is.
struct Target {
  std::optional<std::int64_t> offset;
  std::optional<Note> note;
};

// Why a partition refuses the whole reset.
struct Refusal {
  Reason reason;
  std::string detail;
};

using Resolved = tl::expected<Target, Refusal>;

Resolved resolve_offset(const Spec& spec, const PartitionSnapshot& at, std::int64_t offset) {
  if (offset >= at.log_start && offset <= at.log_end) return Target{offset, std::nullopt};
  switch (spec.out_of_range) {
    case OutOfRange::Clamp:
      return offset < at.log_start ? Target{at.log_start, Note::ClampedToEarliest}
                                   : Target{at.log_end, Note::ClampedToLatest};
    case OutOfRange::Skip:
      return Target{std::nullopt, Note::SkippedOutOfRange};
    case OutOfRange::Fail:
      break;
  }
  return tl::unexpected(
      Refusal{Reason::OffsetOutOfRange,
              fmt::format("partition {} ({} to {})", at.partition, at.log_start, at.log_end)});
}

Resolved resolve_timestamp(const Spec& spec, const PartitionSnapshot& at, TimePoint timestamp) {
  if (at.at_timestamp) {
    const bool is_before_log =
        at.at_timestamp->offset <= at.log_start && at.at_timestamp->timestamp > timestamp;
    // The log start may have moved on since the lookup.
    return Target{std::max(at.at_timestamp->offset, at.log_start),
                  is_before_log ? std::optional(Note::ClampedToEarliest) : std::nullopt};
  }
  switch (spec.timestamp_not_found) {
    case TimestampNotFound::Latest:
      return Target{at.log_end, Note::ClampedToLatest};
    case TimestampNotFound::Skip:
      return Target{std::nullopt, Note::SkippedTimestampNotFound};
    case TimestampNotFound::Fail:
      break;
  }
  return tl::unexpected(
      Refusal{Reason::TimestampNotFound, fmt::format("partition {}", at.partition)});
}

Resolved resolve(const Spec& spec, const PartitionSnapshot& at) {
  if (const auto* to = std::get_if<ToOffset>(&spec.to)) return resolve_offset(spec, at, to->offset);
  if (const auto* to = std::get_if<ToTimestamp>(&spec.to)) {
    return resolve_timestamp(spec, at, to->timestamp);
  }
  const bool is_earliest = std::get<ToPosition>(spec.to).position == Position::Earliest;
  return Target{is_earliest ? at.log_start : at.log_end, std::nullopt};
}

Row make_row(const Spec& spec, const PartitionSnapshot& at, const Target& target) {
  Row row;
  row.topic = spec.topic;
  row.partition = at.partition;
  if (at.committed) row.before = at.committed->offset;
  row.after = target.offset ? target.offset : row.before;
  row.log_start = at.log_start;
  row.log_end = at.log_end;
  row.note = target.note;
  return row;
}

Error refused(const Spec& spec, Reason reason, const std::vector<std::string>& details) {
  if (reason == Reason::OffsetOutOfRange) {
    return {reason,
            fmt::format("{} is outside of the log of topic {}: {}; write an offset inside, or "
                        "outOfRange: Clamp",
                        describe(spec.to), spec.topic, listed(details))};
  }
  return {reason, fmt::format("topic {} has no record at or after {}: {}; write an earlier one, or "
                              "timestampNotFound: Latest",
                              spec.topic, describe(spec.to), listed(details))};
}

std::optional<Error> missing_partition(const Spec& spec, const Snapshot& snapshot) {
  if (spec.partition == kAllPartitions || spec.partition < snapshot.partition_count) {
    return std::nullopt;
  }
  return Error{
      Reason::PartitionNotFound,
      fmt::format("topic {} has {} partitions, 0 to {}: there is no partition {}", spec.topic,
                  snapshot.partition_count, snapshot.partition_count - 1, spec.partition)};
}

const PartitionSnapshot* find(const Snapshot& snapshot, std::int32_t partition) {
  const auto found = std::lower_bound(
      snapshot.partitions.begin(), snapshot.partitions.end(), partition,
      [](const PartitionSnapshot& at, std::int32_t wanted) { return at.partition < wanted; });
  return found != snapshot.partitions.end() && found->partition == partition ? &*found : nullptr;
}

std::optional<Commit> committed(const Snapshot& snapshot, const Row& row) {
  const auto* at = find(snapshot, row.partition);
  return at == nullptr ? std::nullopt : at->committed;
}

std::optional<std::int64_t> offset_of(const std::optional<Commit>& commit) {
  return commit ? std::optional(commit->offset) : std::nullopt;
}

Elsewhere elsewhere(const Row& row, const Snapshot& snapshot) {
  return {row.topic, row.partition, row.after.value_or(0), offset_of(committed(snapshot, row))};
}

enum class Whereabouts : std::uint8_t { Before, After, Elsewhere };

Whereabouts whereabouts(const Row& row, const std::optional<Commit>& commit) {
  if (offset_of(commit) == row.after) return Whereabouts::After;
  return offset_of(commit) == row.before ? Whereabouts::Before : Whereabouts::Elsewhere;
}

std::vector<const Row*> moves_of(const std::vector<Row>& rows) {
  std::vector<const Row*> moves;
  for (const Row& row : rows) {
    if (row.is_move()) moves.push_back(&row);
  }
  return moves;
}

// What one partition adds to an OffsetCommit record batch, generously: a key of group, topic and
// partition, a value of offset, metadata and times (measured at about 55 bytes beside the strings).
std::size_t commit_bytes(const Spec& spec, const std::string& stamp) {
  constexpr std::size_t kFixed = 80;
  return kFixed + spec.group.size() + spec.topic.size() + stamp.size();
}

std::size_t moves_per_request(const Spec& spec, const std::string& stamp) {
  constexpr std::size_t kMaxBytes = 900'000;
  return kMaxBytes / commit_bytes(spec, stamp);
}

}  // namespace

Result<std::vector<Row>> make_plan(const Spec& spec, const Snapshot& snapshot) {
  if (auto error = missing_partition(spec, snapshot)) {
    return tl::unexpected<Error>(std::move(*error));
  }
  std::vector<Row> rows;
  std::vector<std::string> refusals;
  Reason reason = Reason::InternalError;
  for (const PartitionSnapshot& at : snapshot.partitions) {
    const auto target = resolve(spec, at);
    if (target) {
      rows.push_back(make_row(spec, at, *target));
    } else {
      reason = target.error().reason;
      refusals.push_back(target.error().detail);
    }
  }
  if (!refusals.empty()) return tl::unexpected<Error>(refused(spec, reason, refusals));
  return rows;
}

Summary impact(const std::vector<Row>& rows) {
  Summary sum;
  for (const Row& row : rows) {
    ++sum.partitions;
    ++(row.is_skipped() ? sum.skipped : row.is_move() ? sum.moved : sum.unchanged);
    if (row.note && !row.is_skipped()) ++sum.clamped;
    if (row.before && row.after) {
      sum.replay_records += std::max<std::int64_t>(0, *row.before - *row.after);
      sum.skip_records += std::max<std::int64_t>(0, *row.after - *row.before);
    }
    if (row.before) sum.lag_before += std::max<std::int64_t>(0, row.log_end - *row.before);
    if (row.after) sum.lag_after += std::max<std::int64_t>(0, row.log_end - *row.after);
  }
  return sum;
}

std::string commit_stamp(const std::string& uid) { return "offsetreset.io/" + uid; }

bool can_return_to_before(const std::vector<Row>& rows) {
  const auto moves = moves_of(rows);
  return std::all_of(moves.begin(), moves.end(),
                     [](const Row* row) { return row->before && *row->after < *row->before; });
}

std::vector<CommitRequest> commit_requests(const Spec& spec, const std::string& uid,
                                           const std::vector<Row>& rows) {
  const auto stamp = commit_stamp(uid);
  const auto most = moves_per_request(spec, stamp);
  std::vector<CommitRequest> requests;
  for (const Row* row : moves_of(rows)) {
    if (requests.empty() || requests.back().offsets.size() == most) {
      requests.push_back({spec.bootstrap_servers, spec.group, stamp, {}});
    }
    requests.back().offsets.push_back({row->topic, row->partition, *row->after});
  }
  return requests;
}

// Each request is applied all or nothing, and in turn. So a move that is still at `before` although
// its own or a later request is applied was not left out: a consumer has come back to there.
Progress progress(const Spec& spec, const std::string& uid, const std::vector<Row>& rows,
                  const Snapshot& snapshot) {
  const auto moves = moves_of(rows);
  const auto most = moves_per_request(spec, commit_stamp(uid));
  Progress progress;
  progress.requests = (moves.size() + most - 1) / most;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto commit = committed(snapshot, *moves[i]);
    if (whereabouts(*moves[i], commit) == Whereabouts::After) progress.requests_done = i / most + 1;
  }
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto wanted =
        i / most < progress.requests_done ? Whereabouts::After : Whereabouts::Before;
    if (whereabouts(*moves[i], committed(snapshot, *moves[i])) != wanted) {
      progress.elsewhere.push_back(elsewhere(*moves[i], snapshot));
    }
  }
  return progress;
}

std::vector<Elsewhere> not_applied(const std::vector<Row>& rows, const Snapshot& snapshot) {
  std::vector<Elsewhere> failed;
  for (const Row& row : rows) {
    if (row.is_skipped() || offset_of(committed(snapshot, row)) == row.after) continue;
    failed.push_back(elsewhere(row, snapshot));
  }
  return failed;
}

Summary count_applied(Summary summary, const std::vector<Row>& rows, const Snapshot& snapshot) {
  const auto failed = not_applied(rows, snapshot).size();
  const auto moves = moves_of(rows);
  summary.failed = static_cast<std::int64_t>(failed);
  summary.moved = std::count_if(moves.begin(), moves.end(), [&](const Row* row) {
    return offset_of(committed(snapshot, *row)) == row->after;
  });
  return summary;
}

}  // namespace core
