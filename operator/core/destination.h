#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/time_point.h"

// Destinations: where `to` moves a group. docs/api.md is the user's view of them.
namespace core {

struct ToOffset {
  std::int64_t offset = 0;  // >= 0
  bool operator==(const ToOffset&) const = default;
};
struct ToTimestamp {
  TimePoint timestamp;  // >= 1970; the first record at or after it
  bool operator==(const ToTimestamp&) const = default;
};
// As ToTimestamp, so long before the reset began; Status::ago_from holds when that was.
struct ToAgo {
  std::chrono::milliseconds ago{0};  // > 0
  std::string text;                  // as the user wrote it
  bool operator==(const ToAgo&) const = default;
};
// Log start; log end; where the group is; nowhere: its commits are deleted.
enum class Position : std::uint8_t { Earliest, Latest, Current, None };
struct ToPosition {
  Position position = Position::Earliest;
  bool operator==(const ToPosition&) const = default;
};
struct ToShift {
  std::int64_t by = 0;  // records; back if negative
  bool operator==(const ToShift&) const = default;
};
// What another group of the same cluster has committed.
struct ToGroup {
  std::string group;
  bool operator==(const ToGroup&) const = default;
};
// What the OffsetReset of that name, in the same namespace, found.
struct ToUndo {
  std::string name;
  bool even_if_moved = false;  // also where the group has moved on since
  bool operator==(const ToUndo&) const = default;
};
struct PartitionOffset {
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // >= 0
  bool operator==(const PartitionOffset&) const = default;
};
// An offset for each chosen partition of one topic; by partition, ascending, each once.
struct ToOffsets {
  std::vector<PartitionOffset> offsets;
  bool operator==(const ToOffsets&) const = default;
};
// The CSV of Kafka's own tool, in a ConfigMap of the same namespace. It names its own topics.
struct ToCsv {
  std::string config_map;
  std::string key;
  bool operator==(const ToCsv&) const = default;
};
using Destination = std::variant<ToOffset, ToTimestamp, ToAgo, ToPosition, ToShift, ToGroup, ToUndo,
                                 ToOffsets, ToCsv>;

// One line for people: "offset 10", "timestamp 2026-11-22T08:00:00.000Z", "position Earliest".
std::string describe(const Destination& destination);

// Whether the destination itself names the topics and partitions: undo, csvFrom.
bool names_its_partitions(const Destination& destination);

}  // namespace core
