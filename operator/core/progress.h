#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/offset_reset.h"
#include "core/ports.h"
#include "core/snapshot.h"

// From a saved plan to Kafka and back again: what is to be sent, and how much of it is there. Pure.
namespace core {

// The metadata string of our commits: what carries it is ours.
std::string commit_stamp(const std::string& uid);

// The requests of a plan's changes, cut so that none exceeds what the broker takes as one batch of
// its offsets log (1,048,588 bytes by default): commits first, then deletions, topic by topic. The
// same rows are always cut the same.
std::vector<CommitRequest> commit_requests(const Spec& spec, const std::string& uid,
                                           const std::vector<Row>& rows);

// Reads what is committed for the partitions of a plan, whatever the group does now.
ReadRequest read_back_request(const Spec& spec, const std::vector<Row>& rows);

// Finds what commit_requests() sent, if it was applied.
HistoryRequest history_request(const Spec& spec, const std::string& uid,
                               const std::vector<Row>& rows, TimePoint since);

// Whether consumers that the plan moved can have come back, by reading on, to where it found every
// one of them: only when each move rewinds them. Without a commit they may begin at the log start.
bool can_return_to_before(const std::vector<Row>& rows);

// A partition that is neither where the plan found it nor where the plan moves it.
struct Elsewhere {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> wanted;  // none: no commit
  std::optional<std::int64_t> found;
  bool operator==(const Elsewhere&) const = default;
};

// How much of a saved plan Kafka has. `elsewhere` not empty: somebody else committed since the plan
// was made, and it must not be applied (again). Otherwise the first `requests_done` requests of
// commit_requests() are applied and the others are not.
struct Progress {
  std::size_t requests_done = 0;
  std::size_t requests = 0;
  std::vector<Elsewhere> elsewhere;

  bool is_begun() const { return requests_done > 0; }
  bool is_done() const { return requests_done == requests; }
};
Progress progress(const Spec& spec, const std::string& uid, const std::vector<Row>& rows,
                  const Snapshot& snapshot);

// The rows that are not at `after` in what was read back.
std::vector<Elsewhere> not_applied(const std::vector<Row>& rows, const Snapshot& snapshot);

// Counts in `moved` and `failed` the moves that are, and are not, at `after` in what was read.
Summary count_applied(Summary summary, const std::vector<Row>& rows, const Snapshot& snapshot);

}  // namespace core
