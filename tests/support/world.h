#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ports.h"

namespace tests {

// Kafka and the API server in memory, as far as one group, one topic and one resource go: real
// enough to be crashed at, raced with and looked into.
class World : public core::Kafka, public core::Kubernetes {
 public:
  struct Partition {
    std::int64_t log_start = 0;
    std::int64_t log_end = 100;
    std::optional<core::Commit> committed;
  };

  explicit World(core::OffsetReset resource, std::vector<Partition> partitions)
      : resource_(std::move(resource)), partitions_(std::move(partitions)) {}

  // core::Kafka
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override;
  core::Result<void> commit(const core::CommitRequest& request) override;
  core::Result<bool> was_committed(const core::HistoryRequest& request) override;
  // core::Kubernetes
  core::Result<core::OffsetReset> write_status(const core::OffsetReset& wanted) override;

  // What happens outside of the operator.
  void join(std::string client_id) { members_.push_back({std::move(client_id), "10.0.0.7", 1}); }
  void leave() { members_.clear(); }
  void consume_to(std::size_t partition, std::int64_t offset);
  void another_writer() { bump_version(); }

  const core::OffsetReset& resource() const { return resource_; }
  std::optional<std::int64_t> committed(std::size_t partition) const;
  int status_writes() const { return status_writes_; }
  // Commits of ours that changed at least one offset.
  int effective_commits() const { return effective_commits_; }
  int commits() const { return commits_; }
  int reads() const { return reads_; }

  // Faults: each is asked once per call.
  std::function<std::optional<core::Error>()> fail_read;
  std::function<std::optional<core::Error>()> fail_commit;        // before it is applied
  std::function<std::optional<core::Error>()> lose_commit_reply;  // after it is applied
  std::function<std::optional<core::Error>()> fail_write;
  std::function<std::optional<core::Error>()> lose_write_reply;
  std::function<void(core::OffsetReset&)> prune;  // as an older CRD would

 private:
  void bump_version();

  core::OffsetReset resource_;
  std::vector<Partition> partitions_;
  std::vector<core::Member> members_;
  std::set<std::string> stamps_;  // the metadata of every commit that was applied
  int version_ = 100;
  int status_writes_ = 0;
  int effective_commits_ = 0;
  int commits_ = 0;
  int reads_ = 0;
};

}  // namespace tests
