#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/offset_reset.h"
#include "core/ports.h"

// What a reset is about: which partitions, and where each is to go, once everything that a spec
// refers to beside Kafka is known. Pure.
namespace core {

// What the destinations of a spec refer to.
struct Inputs {
  std::optional<TimePoint> ago_from;    // for ToAgo
  std::optional<OffsetReset> undone;    // for ToUndo
  std::optional<std::string> csv_text;  // for ToCsv
};

// Back to where an earlier reset found the group, by partition.
struct Restore {
  struct Point {
    std::optional<std::int64_t> before;  // none: there was no commit
    std::optional<std::int64_t> after;   // where the earlier reset left it
    bool operator==(const Point&) const = default;
  };
  std::map<std::int32_t, Point> points;
  bool even_if_moved = false;
  bool operator==(const Restore&) const = default;
};

// A destination that needs nothing but a snapshot to be resolved.
using Goal = std::variant<ToOffset, ToTimestamp, ToPosition, ToShift, ToGroup, ToOffsets, Restore>;

struct Target {
  std::string topic;
  std::vector<std::int32_t> partitions;  // ascending; empty: all
  Goal goal;
  MissingCommit missing_commit = MissingCommit::Set;
  std::string destination;  // for people
};

struct Selection {
  std::vector<Target> targets;  // in order of topic, each once
  // Instead: every partition with a commit. Its topic and partitions are empty.
  std::optional<Target> all_committed;
};

// Errors: InvalidSpec (what is to be undone can't be; a CSV that is none).
Result<Selection> select(const Spec& spec, const Inputs& inputs);

// What a plan for the selection needs to know of Kafka.
ReadRequest read_request(const Spec& spec, const Selection& selection);

// The instant that the spec's only destination means, if it means one. `ago_from`: as in Inputs.
std::optional<TimePoint> resolved_timestamp(const Spec& spec,
                                            const std::optional<TimePoint>& ago_from);

bool uses_ago(const Spec& spec);

}  // namespace core
