#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/destination.h"
#include "core/reason.h"
#include "core/time_point.h"

// The resource OffsetReset (offsetreset.io/v1alpha1) as plain values. docs/api.md is the user's
// view of the same; spec_codec.h and status_codec.h map it from and to JSON.
namespace core {

enum class OutOfRange : std::uint8_t { Clamp, Fail, Skip };
enum class TimestampNotFound : std::uint8_t { Latest, Fail, Skip };
enum class MissingCommit : std::uint8_t { Set, Skip, Fail };
enum class Isolation : std::uint8_t { ReadUncommitted, ReadCommitted };
enum class WhenActive : std::uint8_t { Wait, Fail };

// Partitions of one topic, and where they are to go.
struct TopicScope {
  std::string topic;
  std::vector<std::int32_t> partitions;  // ascending, each once; empty: all
  std::optional<Destination> to;         // none: that of the spec
  bool operator==(const TopicScope&) const = default;
};

struct Guards {
  std::optional<std::int64_t> max_replay_records;  // in total
  std::optional<std::int64_t> max_skip_records;
  std::chrono::seconds settle{0};  // the group's commits must not have moved for so long
  bool operator==(const Guards&) const = default;
};

enum class ConnectionKind : std::uint8_t { KafkaConnection, ClusterKafkaConnection };

// A KafkaConnection of the same namespace, or a ClusterKafkaConnection.
struct ConnectionRef {
  ConnectionKind kind = ConnectionKind::KafkaConnection;
  std::string name;
  bool operator==(const ConnectionRef&) const = default;
};

struct Spec {
  // Exactly one of the two.
  std::string bootstrap_servers;  // comma-separated host:port
  std::optional<ConnectionRef> connection_ref;
  std::string group;
  // What is reset. Exactly one of: `topics` (each topic once), `all_topics` (every partition that
  // the group has a commit for), a destination that names its partitions (then both are empty).
  std::vector<TopicScope> topics;
  bool all_topics = false;
  std::optional<Destination> to;  // none: each topic has its own
  OutOfRange out_of_range = OutOfRange::Clamp;
  TimestampNotFound timestamp_not_found = TimestampNotFound::Latest;
  std::optional<MissingCommit> missing_commit;  // none: see missing_commit_for()
  Isolation isolation = Isolation::ReadUncommitted;
  WhenActive when_active = WhenActive::Wait;
  std::chrono::seconds wait{600};  // how long WhenActive::Wait waits
  std::optional<TimePoint> not_before;
  std::optional<TimePoint> not_after;  // not begun by then: it never does
  Guards guards;
  std::optional<std::chrono::seconds> ttl;  // so long after it has finished the resource is deleted
  bool dry_run = false;
  bool suspend = false;

  bool operator==(const Spec&) const = default;
};

// What is to be done about a partition that lacks the commit which `to` builds on: Fail for
// shiftBy, position Current and group (there it speaks of the other group's commits), Set for the
// others, unless the spec says otherwise.
MissingCommit missing_commit_for(const Spec& spec, const Destination& to);

// Where the spec moves the group, on one line: "offset 10", or "offset 10 (a), shiftBy -5 (b)".
std::string describe_destination(const Spec& spec);

// What the plan did to a partition beyond moving it.
enum class Note : std::uint8_t {
  ClampedToEarliest,         // the destination is before the log start
  ClampedToLatest,           // the destination is after the log end, or no record is that young
  SkippedOutOfRange,         // outOfRange: Skip
  SkippedTimestampNotFound,  // timestampNotFound: Skip
  SkippedMissingCommit,      // missingCommit: Skip
  Recommitted,               // position Current: committed again where it is
};

// One partition of a plan: where the group was (`before`; none: it had no commit) and where it is
// to be (`after`; none: without a commit; equal to `before` when it stays as it is). Offsets.
struct Row {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  std::optional<Note> note;

  bool operator==(const Row&) const = default;
  bool is_move() const { return after != before; }
  bool is_deletion() const { return before && !after; }
  // Something is to be committed or deleted for it.
  bool is_change() const { return is_move() || note == Note::Recommitted; }
  bool is_skipped() const {
    return note == Note::SkippedOutOfRange || note == Note::SkippedTimestampNotFound ||
           note == Note::SkippedMissingCommit;
  }
};

// The impact of a plan in numbers. Records are offset distances: an upper bound where a log is
// compacted or transactional. Where a group without a commit starts is up to its consumers
// (auto.offset.reset): a deletion counts as both, a replay from the log start and a skip to the log
// end.
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
  std::int64_t requests = 1;  // requests to the coordinator; each is applied all or nothing

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

// `rows` of a resource that is not finished are its write-ahead log: they are saved before anything
// is committed to Kafka, so what is there can be compared with them after a crash. Only those of a
// dry run (DryRunSucceeded) are not: see has_saved_plan().
struct Status {
  std::int64_t observed_generation = -1;
  bool closed = false;
  std::optional<TimePoint> start_time;
  std::optional<TimePoint> completion_time;
  std::optional<TimePoint> waiting_since;  // first found active
  std::string destination;
  std::string cluster_id;             // of the cluster that the plan is for; empty: it did not tell
  std::optional<TimePoint> ago_from;  // what every `ago` of the spec is counted from
  std::optional<TimePoint> resolved_timestamp;  // of ago and timestamp, where there is only one
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
  std::string gitops_tool;  // that applies it, by its labels and annotations: "Flux"; empty: none
  bool is_being_deleted = false;
  Result<Spec> spec;  // an error when an older CRD let something through: InvalidSpec
  Status status;

  bool operator==(const OffsetReset&) const = default;
};

}  // namespace core
