#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/offset_reset.h"
#include "core/ports.h"
#include "core/snapshot.h"

// The decisions of a reset, all of them, as one pure function. An interpreter performs a Step,
// stores what came of it in its field of Observed, and asks again, until the Step is Finish.
namespace core {

// What was seen of a group's commits while it is waited for that they rest.
struct Settling {
  TimePoint since;  // they have not moved since
  std::map<TopicPartition, std::optional<std::int64_t>> commits;
  bool operator==(const Settling&) const = default;
};

// What whoever runs the operator allows, and where it is at home.
struct Policy {
  bool allow_inline_bootstrap_servers = true;
  bool allow_cluster_connections = true;
  std::string operator_namespace;  // of the Secrets of ClusterKafkaConnections
  bool operator==(const Policy&) const = default;
};

struct Observed {
  OffsetReset resource;
  TimePoint now;
  // An older reset of the same group that is not finished: this one waits for its turn.
  std::optional<ObjectKey> ahead;
  // When this process last wrote the resource's status; paces updates of who is in the group.
  std::optional<TimePoint> last_write;
  // What the pass before this one finished with.
  std::optional<Settling> settling;
  // What the watch of groups saw last of this one; none: it does not watch it, or has not yet.
  std::optional<Result<GroupSnapshot>> watched;

  Policy policy;

  std::optional<Result<KafkaConnection>> connection;  // what ReadConnection saw
  std::optional<Result<Labels>> namespace_labels;     // what ReadNamespace saw
  std::optional<Result<Credentials>> credentials;     // what ReadCredentials saw
  std::optional<Result<OffsetReset>> instant;         // what the API server stored for SaveInstant
  std::optional<Result<OffsetReset>> undone;          // what ReadReset saw
  std::optional<Result<std::string>> csv;             // what ReadConfigMap saw
  std::optional<Result<Snapshot>> snapshot;           // what ReadKafka saw
  std::optional<Result<bool>> history;                // whether FindCommit found our commit
  std::optional<Result<OffsetReset>> saved;           // what the API server stored for SavePlan
  std::optional<Result<void>> committed;              // of CommitPlan; the first refusal, if any
  std::optional<Result<Snapshot>> verified;           // what Verify read back
  std::optional<Result<void>> deleted;                // of DeleteReset
};

// Write into the status what `ago` is counted from, so that it stays over retries and restarts.
struct SaveInstant {
  OffsetReset resource;
};
// Read the reset that is to be undone.
struct ReadReset {
  ObjectKey key;
};
// Read the ConfigMap that holds a CSV.
struct ReadConfigMap {
  ObjectKey config_map;
  std::string key;
};
// Read the connection that the spec refers to.
struct ReadConnection {
  ConnectionId id;
};
// Read the labels of the reset's namespace.
struct ReadNamespace {
  std::string name;
};
// Read all texts of these Secrets and ConfigMaps; stop at the first that fails.
struct ReadCredentials {
  std::vector<Holder> holders;
};
// Read the group and its partitions.
struct ReadKafka {
  ReadRequest request;
};
// Look in the coordinator's log for a commit of ours that may have been overwritten.
struct FindCommit {
  HistoryRequest request;
};
// Write the plan into the status. It is the write-ahead log: nothing is committed before it is
// saved.
struct SavePlan {
  OffsetReset resource;
};
// Perform these requests in turn; stop at the first that fails.
struct CommitPlan {
  std::vector<CommitRequest> requests;
};
// Read back what is committed now.
struct Verify {
  ReadRequest request;
};
// Delete the resource: its time to live is over.
struct DeleteReset {
  ObjectKey key;
  std::string uid;
};
// Write the status if there is one to write, and end the pass. kind_of(outcome.reason) says what is
// next: a retry with backoff (FixableError, TransientError), another look after `poll` (the others,
// if it is not 0) or when the group has changed (GroupActive), nothing.
struct Finish {
  Error outcome;
  std::optional<OffsetReset> write;
  std::chrono::milliseconds poll{0};
  std::optional<Settling> settling;  // for the next pass
};
using Step = std::variant<SaveInstant, ReadReset, ReadConfigMap, ReadConnection, ReadNamespace,
                          ReadCredentials, ReadKafka, FindCommit, SavePlan, CommitPlan, Verify,
                          DeleteReset, Finish>;

inline constexpr std::chrono::milliseconds kGroupPoll{2'000};
inline constexpr std::chrono::milliseconds kQueuePoll{30'000};
// The longest timer: a clock that is set is noticed so late.
inline constexpr std::chrono::milliseconds kClockPoll{15 * 60 * 1'000};
inline constexpr std::chrono::seconds kMembersWrite{60};
// How far the clocks of the operator and of a broker may be apart.
inline constexpr std::chrono::minutes kClockSkew{10};
// The API server's limit for a request is 3 MiB, etcd's for a value 1.5 MiB; this leaves room for
// the spec, metadata and managed fields.
inline constexpr std::size_t kMaxStatusBytes = 1'000'000;

Step next(const Observed& seen);

// Whether the resource could run now, and so takes part in the order of its group. One that is
// suspended, before its notBefore, or a dry run blocks nobody.
bool wants_turn(const OffsetReset& resource, TimePoint now);

}  // namespace core
