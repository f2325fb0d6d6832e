#pragma once

#include <chrono>
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

struct Observed {
  OffsetReset resource;
  TimePoint now;
  // An older reset of the same group that is not finished: this one waits for its turn.
  std::optional<ObjectKey> ahead;
  // When this process last wrote the resource's status; paces updates of who is in the group.
  std::optional<TimePoint> last_write;

  std::optional<Result<Snapshot>> snapshot;  // what ReadKafka saw
  std::optional<Result<bool>> history;       // whether FindCommit found our commit
  std::optional<Result<OffsetReset>> saved;  // what the API server stored for SavePlan
  std::optional<Result<void>> committed;     // of CommitPlan; the first refusal, if any
  std::optional<Result<Snapshot>> verified;  // what Verify read back
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
// Write the status if there is one to write, and end the pass. kind_of(outcome.reason) says what is
// next: nothing (closed), another look after `poll` (Waiting), a retry with backoff (the others).
struct Finish {
  Error outcome;
  std::optional<OffsetReset> write;
  std::chrono::milliseconds poll{0};
};
using Step = std::variant<ReadKafka, FindCommit, SavePlan, CommitPlan, Verify, Finish>;

inline constexpr std::chrono::milliseconds kGroupPoll{2'000};
inline constexpr std::chrono::milliseconds kQueuePoll{30'000};
inline constexpr std::chrono::seconds kMembersWrite{60};
// How far the clocks of the operator and of a broker may be apart.
inline constexpr std::chrono::minutes kClockSkew{10};
// The API server's limit for a request is 3 MiB, etcd's for a value 1.5 MiB; this leaves room for
// the spec, metadata and managed fields.
inline constexpr std::size_t kMaxStatusBytes = 1'000'000;

Step next(const Observed& seen);

}  // namespace core
