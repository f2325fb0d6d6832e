#include "core/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/overloaded.h"
#include "core/saturated_sum.h"
#include "core/text.h"

namespace core {
namespace {

using Outcome = tl::expected<Resolved, Refusal>;

std::optional<std::int64_t> offset_of(const std::optional<Commit>& commit) {
  return commit ? std::optional(commit->offset) : std::nullopt;
}

std::string name_of_partition(const PartitionSnapshot& at) {
  return fmt::format("partition {} of topic {}", at.partition, at.topic);
}

tl::unexpected<Refusal> refuse(Reason reason, std::string detail) {
  return tl::unexpected(Refusal{reason, std::move(detail)});
}

class Resolver {
 public:
  Resolver(const Spec& spec, const Target& target, const PartitionSnapshot& at)
      : spec_(spec), target_(target), at_(at) {}

  Outcome operator()(const ToOffset& to) const { return within_log(to.offset); }

  Outcome operator()(const ToTimestamp& to) const {
    if (!at_.at_timestamp) return no_record();
    const bool is_before_log =
        at_.at_timestamp->offset <= at_.log_start && at_.at_timestamp->timestamp > to.timestamp;
    // The log's bounds may have moved on since the lookup, and with ReadCommitted they end earlier.
    return Resolved{std::clamp(at_.at_timestamp->offset, at_.log_start, log_end()),
                    is_before_log ? std::optional(Note::ClampedToEarliest) : std::nullopt};
  }

  Outcome operator()(const ToPosition& to) const {
    switch (to.position) {
      case Position::Earliest:
        return Resolved{at_.log_start, std::nullopt};
      case Position::Latest:
        return Resolved{log_end(), std::nullopt};
      case Position::None:
        return Resolved{};
      case Position::Current:
        break;
    }
    if (!at_.committed) return no_commit();
    return Resolved{at_.committed->offset, Note::Recommitted};
  }

  Outcome operator()(const ToShift& to) const {
    if (!at_.committed) return no_commit();
    return within_log(saturated_sum(at_.committed->offset, to.by));
  }

  Outcome operator()(const ToGroup&) const {
    if (!at_.source) return no_commit();
    return Resolved{at_.source, std::nullopt};
  }

  Outcome operator()(const ToOffsets& to) const {
    const auto found =
        std::lower_bound(to.offsets.begin(), to.offsets.end(), at_.partition,
                         [](const PartitionOffset& a, std::int32_t b) { return a.partition < b; });
    if (found == to.offsets.end() || found->partition != at_.partition) return stay(std::nullopt);
    return within_log(found->offset);
  }

  Outcome operator()(const Restore& to) const {
    const auto point = to.points.find(at_.partition);
    if (point == to.points.end()) return stay(std::nullopt);
    const auto now = offset_of(at_.committed);
    const auto& [before, after] = point->second;
    if (now != after && now != before && !to.even_if_moved) {
      const auto written = [](const std::optional<std::int64_t>& offset) {
        return offset ? fmt::to_string(*offset) : std::string("no commit");
      };
      return refuse(Reason::OffsetsMoved,
                    fmt::format("{} is at {}, not at {}", name_of_partition(at_), written(now),
                                written(after)));
    }
    return Resolved{before, std::nullopt};
  }

 private:
  // Never before the log start, whatever order the two were read in.
  std::int64_t log_end() const { return std::max(at_.log_start, at_.log_end); }

  Resolved stay(std::optional<Note> note) const { return {offset_of(at_.committed), note}; }

  Outcome within_log(std::int64_t offset) const {
    if (offset >= at_.log_start && offset <= log_end()) return Resolved{offset, std::nullopt};
    switch (spec_.out_of_range) {
      case OutOfRange::Clamp:
        return offset < at_.log_start ? Resolved{at_.log_start, Note::ClampedToEarliest}
                                      : Resolved{log_end(), Note::ClampedToLatest};
      case OutOfRange::Skip:
        return stay(Note::SkippedOutOfRange);
      case OutOfRange::Fail:
        break;
    }
    return refuse(Reason::OffsetOutOfRange,
                  fmt::format("{} ({} to {})", name_of_partition(at_), at_.log_start, at_.log_end));
  }

  Outcome no_record() const {
    switch (spec_.timestamp_not_found) {
      case TimestampNotFound::Latest:
        return Resolved{log_end(), Note::ClampedToLatest};
      case TimestampNotFound::Skip:
        return stay(Note::SkippedTimestampNotFound);
      case TimestampNotFound::Fail:
        break;
    }
    return refuse(Reason::TimestampNotFound, name_of_partition(at_));
  }

  // The commit that the destination builds on is not there.
  Outcome no_commit() const {
    switch (target_.missing_commit) {
      case MissingCommit::Set:
        return Resolved{log_end(), std::nullopt};
      case MissingCommit::Skip:
        return stay(Note::SkippedMissingCommit);
      case MissingCommit::Fail:
        break;
    }
    return refuse(Reason::CommitMissing, name_of_partition(at_));
  }

  const Spec& spec_;
  const Target& target_;
  const PartitionSnapshot& at_;
};

// Destinations that set an offset whether or not there is a commit have a policy of their own for
// partitions without one.
bool sets_without_commit(const Goal& goal) {
  const auto* position = std::get_if<ToPosition>(&goal);
  const bool builds_on_commit = position != nullptr && (position->position == Position::Current ||
                                                        position->position == Position::None);
  return !builds_on_commit && !std::holds_alternative<ToShift>(goal) &&
         !std::holds_alternative<ToGroup>(goal) && !std::holds_alternative<Restore>(goal);
}

}  // namespace

tl::expected<Resolved, Refusal> resolve(const Spec& spec, const Target& target,
                                        const PartitionSnapshot& at) {
  if (!at.committed && sets_without_commit(target.goal)) {
    if (target.missing_commit == MissingCommit::Skip) {
      return Resolved{std::nullopt, Note::SkippedMissingCommit};
    }
    if (target.missing_commit == MissingCommit::Fail) {
      return refuse(Reason::CommitMissing, name_of_partition(at));
    }
  }
  return std::visit(Resolver(spec, target, at), target.goal);
}

std::string refusal_message(const Spec& spec, Reason reason, const std::string& destination,
                            const std::vector<std::string>& details) {
  switch (reason) {
    case Reason::OffsetOutOfRange:
      return fmt::format(
          "{} is outside of the log of {}; write an offset inside, or outOfRange: Clamp",
          destination, listed(details));
    case Reason::TimestampNotFound:
      return fmt::format(
          "there is no record at or after {} in {}; write an earlier one, or timestampNotFound: "
          "Latest",
          destination, listed(details));
    case Reason::CommitMissing:
      return fmt::format(
          "{} needs a committed offset, and there is none for {}; write missingCommit: Skip to "
          "leave these out, or missingCommit: Set",
          destination, listed(details));
    default:
      return fmt::format(
          "group {} has moved on since: {}. Nothing was committed; write undoMoved: true to undo "
          "it all the same",
          spec.group, listed(details));
  }
}

}  // namespace core
