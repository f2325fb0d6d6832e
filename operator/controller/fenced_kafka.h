#pragma once

#include <functional>

#include "core/ports.h"

namespace controller {

// Kafka for an operator that may be replaced by another one at any time: it commits only while it
// is sure to be the leader until the commit is over. A commit that does not begin is Conflict; the
// plan stays in the status, for whoever leads then.
class FencedKafka : public core::Kafka {
 public:
  using MayCommit = std::function<bool()>;

  // `kafka` must live longer.
  FencedKafka(core::Kafka& kafka, MayCommit may_commit);

  core::GroupSnapshots describe(const core::Connection& connection,
                                const std::vector<std::string>& groups) override;
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override;
  core::Result<void> commit(const core::CommitRequest& request) override;
  core::Result<bool> was_committed(const core::HistoryRequest& request) override;
  core::Result<core::ClusterDescription> describe_cluster(
      const core::Connection& connection) override;

 private:
  core::Kafka& kafka_;
  const MayCommit may_commit_;
};

}  // namespace controller
