#pragma once

#include <chrono>

#include "base/metrics.h"
#include "core/ports.h"
#include "kafka/client_pool.h"
#include "kafka/request_metrics.h"

namespace kafka {

inline constexpr std::chrono::seconds kLongestCommit{10};

// Reads and commits the offsets of consumer groups. A named connection that can't be right (a
// property that the library refuses) is ConnectionNotFound, of describe_cluster InvalidSpec.
// Thread-safe; a call ends within about 10 s, and within 5 s, with the reason, where no broker can
// be reached.
class Admin : public core::Kafka {
 public:
  // A commit ends within `commit_deadline`, whatever comes of it.
  explicit Admin(base::Metrics& metrics,
                 std::chrono::milliseconds commit_deadline = kLongestCommit);

  core::GroupSnapshots describe(const core::Connection& connection,
                                const std::vector<std::string>& groups) override;

  // Retries what passes by itself (a coordinator that moves, a leader that is being elected) a few
  // times, on a fresh connection each.
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override;

  // Never retries: any failure but a refusal leaves it open whether the broker applied it. (A
  // coordinator that unloads answers NOT_COORDINATOR for what it has already written.)
  core::Result<void> commit(const core::CommitRequest& request) override;

  core::Result<bool> was_committed(const core::HistoryRequest& request) override;

  core::Result<core::ClusterDescription> describe_cluster(
      const core::Connection& connection) override;

 private:
  const std::chrono::milliseconds commit_deadline_;
  RequestMetrics metrics_;
  ClientPool pool_;
};

}  // namespace kafka
