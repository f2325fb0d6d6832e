#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/reason.h"

// The resource OffsetReset (offsetreset.io/v1alpha1) as plain values. docs/api.md is the user's
// view of the same; spec_codec.h and status_codec.h map it from and to JSON.
namespace core {

// Milliseconds since 1970-01-01T00:00:00Z: Kafka's resolution of a record's timestamp.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

// Destinations: where `spec.to` moves the group.
struct ToOffset {
  std::int64_t offset = 0;  // >= 0
  bool operator==(const ToOffset&) const = default;
};
struct ToTimestamp {
  TimePoint timestamp;  // >= 1970; the first record at or after it
  bool operator==(const ToTimestamp&) const = default;
};
enum class Position : std::uint8_t { Earliest, Latest };  // log start, log end
struct ToPosition {
  Position position = Position::Earliest;
  bool operator==(const ToPosition&) const = default;
};
using Destination = std::variant<ToOffset, ToTimestamp, ToPosition>;

enum class OutOfRange : std::uint8_t { Clamp, Fail, Skip };
enum class TimestampNotFound : std::uint8_t { Latest, Fail, Skip };
enum class WhenActive : std::uint8_t { Wait, Fail };

inline constexpr std::int32_t kAllPartitions = -1;

struct Spec {
  std::string bootstrap_servers;  // comma-separated host:port
  std::string group;
  std::string topic;
  std::int32_t partition = kAllPartitions;
  Destination to;
  OutOfRange out_of_range = OutOfRange::Clamp;
  TimestampNotFound timestamp_not_found = TimestampNotFound::Latest;
  WhenActive when_active = WhenActive::Wait;
  std::chrono::seconds wait{600};  // how long WhenActive::Wait waits

  bool operator==(const Spec&) const = default;
};

// One line for people: "offset 10", "timestamp 2026-11-22T08:00:00.000Z", "position Earliest".
std::string describe(const Destination& destination);

// What the plan did to a partition beyond moving it.
enum class Note : std::uint8_t {
  ClampedToEarliest,         // the destination is before the log start
  ClampedToLatest,           // the destination is after the log end, or no record is that young
  SkippedOutOfRange,         // outOfRange: Skip
  SkippedTimestampNotFound,  // timestampNotFound: Skip
};

// One partition of a plan: where the group was (`before`; none: it had no commit) and where it is
// to be (`after`; equal to `before` when the partition stays as it is). Offsets, in records.
struct Row {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  std::optional<Note> note;

  bool operator==(const Row&) const = default;
  bool is_move() const { return after.has_value() && after != before; }
  bool is_skipped() const {
    return note == Note::SkippedOutOfRange || note == Note::SkippedTimestampNotFound;
  }
};

// The impact of a plan in numbers. Records are offset distances: an upper bound where a log is
// compacted or transactional.
struct Summary {
  std::int64_t partitions = 0;
  std::int64_t moved = 0;
  std::int64_t unchanged = 0;
  std::int64_t clamped = 0;
  std::int64_t skipped = 0;
  std::int64_t failed = 0;          // not at `after` when read back
  std::int64_t replay_records = 0;  // will be read again
  std::int64_t skip_records = 0;    // will not be read
  std::int64_t lag_before = 0;
  std::int64_t lag_after = 0;
  std::int64_t requests = 1;  // OffsetCommit requests; each is applied all or nothing

  bool operator==(const Summary&) const = default;
};

// Members as the status shows them while a reset waits.
struct Member {
  std::string client_id;
  std::string host;
  std::int32_t partitions = 0;  // assigned to it
  auto operator<=>(const Member&) const = default;
};

enum class GroupState : std::uint8_t {
  Unknown,
  PreparingRebalance,
  CompletingRebalance,
  Stable,
  Dead,
  Empty,
  Assigning,
  Reconciling,
};
enum class GroupType : std::uint8_t { Unknown, Classic, Consumer, Share, Streams };

struct GroupStatus {
  std::string state;  // Kafka's name of it
  std::string type;
  std::int64_t member_count = 0;
  std::vector<Member> members;  // at most kMembersNamed of them
  bool operator==(const GroupStatus&) const = default;
};
inline constexpr std::size_t kMembersNamed = 20;

// metav1.Condition; `status` is True, False or Unknown.
struct Condition {
  std::string type;
  std::string status;
  std::int64_t observed_generation = 0;
  TimePoint last_transition_time;
  std::string reason;
  std::string message;
  bool operator==(const Condition&) const = default;
};

// `rows` of a resource that is not closed are its write-ahead log: they are saved before anything
// is committed to Kafka, so what is there can be compared with them after a crash.
struct Status {
  std::int64_t observed_generation = -1;
  bool closed = false;
  std::optional<TimePoint> start_time;
  std::optional<TimePoint> completion_time;
  std::optional<TimePoint> waiting_since;  // first found active
  std::string destination;
  std::optional<TimePoint> resolved_timestamp;
  std::optional<GroupStatus> group;
  std::optional<Summary> summary;
  std::vector<Row> rows;
  std::vector<Condition> conditions;

  bool operator==(const Status&) const = default;
};

struct ObjectKey {
  std::string namespace_name;
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
  std::string to_string() const { return namespace_name + "/" + name; }
};

struct OffsetReset {
  ObjectKey key;
  std::string uid;
  std::string resource_version;  // opaque; the compare-and-swap of every status write
  std::int64_t generation = 0;
  TimePoint created;
  bool is_being_deleted = false;
  Result<Spec> spec;  // an error when an older CRD let something through: InvalidSpec
  Status status;

  bool operator==(const OffsetReset&) const = default;
};

}  // namespace core
