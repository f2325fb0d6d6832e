#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/ports.h"

namespace tests {

// Kafka and the API server in memory, as far as one group (and others to copy from) and one
// resource go: real enough to be crashed at, raced with and looked into. Topics that no test names
// are "orders".
class World : public core::Kafka, public core::Kubernetes {
 public:
  struct Partition {
    std::int64_t log_start = 0;
    std::int64_t log_end = 100;
    std::optional<core::Commit> committed;
    std::vector<core::TimePoint> timestamps;  // of the records from log_start on; empty: none asked
  };
  using Topic = std::vector<Partition>;
  using Commits = std::map<core::TopicPartition, std::int64_t>;

  World(core::OffsetReset resource, Topic orders)
      : World(std::move(resource), std::map<std::string, Topic>{{"orders", std::move(orders)}}) {}
  World(core::OffsetReset resource, std::map<std::string, Topic> topics)
      : resource_(std::move(resource)), topics_(std::move(topics)) {}

  // core::Kafka
  core::GroupSnapshots describe(const core::Connection& connection,
                                const std::vector<std::string>& groups) override;
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override;
  core::Result<void> commit(const core::CommitRequest& request) override;
  core::Result<bool> was_committed(const core::HistoryRequest& request) override;
  core::Result<core::ClusterDescription> describe_cluster(
      const core::Connection& connection) override;
  // core::Kubernetes
  core::Result<core::OffsetReset> write_status(const core::OffsetReset& wanted) override;
  core::Result<core::OffsetReset> read_reset(const core::ObjectKey& key) override;
  core::Result<std::string> read_config_map(const core::ObjectKey& config_map,
                                            const std::string& key) override;
  core::Result<core::Texts> read_texts(const core::Holder& holder) override;
  core::Result<core::KafkaConnection> read_connection(const core::ConnectionId& id) override;
  core::Result<core::Labels> read_namespace_labels(const std::string& name) override;
  core::Result<core::KafkaConnection> write_connection_status(
      const core::KafkaConnection& connection) override;
  core::Result<void> delete_reset(const core::ObjectKey& key, const std::string& uid) override;
  void record_event(const core::Event& event) override { events.push_back(event); }

  std::vector<core::Event> events;  // that were recorded

  // What else there is.
  std::map<std::string, Commits> other_groups;
  std::map<core::ObjectKey, core::OffsetReset> other_resets;
  std::map<std::pair<core::ObjectKey, std::string>, std::string> config_maps;
  std::map<core::ConnectionId, core::KafkaConnection> connections;
  std::map<core::Holder, core::Texts> texts;
  std::map<std::string, core::Labels> namespace_labels;
  std::string forbidden_topic;  // no right to commit for it; the rest of a request is applied

  // What happens outside of the operator.
  void join(std::string client_id) { members_.push_back({std::move(client_id), "10.0.0.7", 1}); }
  void leave() { members_.clear(); }
  void consume_to(std::int32_t partition, std::int64_t offset) {
    consume_to("orders", partition, offset);
  }
  void consume_to(const std::string& topic, std::int32_t partition, std::int64_t offset);
  void delete_topic(const std::string& topic) { topics_.erase(topic); }  // with its commits
  void add_partition(const std::string& topic, Partition partition);
  void another_writer() { bump_version(); }
  void edit_spec(const std::function<void(core::Spec&)>& edit);

  const core::OffsetReset& resource() const { return resource_; }
  std::optional<std::int64_t> committed(std::int32_t partition) const {
    return committed("orders", partition);
  }
  std::optional<std::int64_t> committed(const std::string& topic, std::int32_t partition) const;
  Commits commits_of_group() const;
  bool is_deleted() const { return is_deleted_; }
  int status_writes() const { return status_writes_; }
  // Requests of ours that changed at least one offset.
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
  core::GroupSnapshot group() const;
  void bump_version();
  Partition& partition(const std::string& topic, std::int32_t partition);
  std::vector<core::TopicRead> wanted(const core::ReadRequest& request) const;
  core::PartitionSnapshot look(const core::TopicPartition& at, const core::PartitionRead& also);
  bool apply(const core::OffsetCommit& offset, const std::string& metadata);
  bool apply(const core::TopicPartition& deletion);

  core::OffsetReset resource_;
  std::map<std::string, Topic> topics_;
  std::vector<core::Member> members_;
  std::set<std::string> stamps_;               // the metadata of every commit that was applied
  std::set<core::TopicPartition> tombstones_;  // every deletion that was applied
  int version_ = 100;
  bool is_deleted_ = false;
  int status_writes_ = 0;
  int effective_commits_ = 0;
  int commits_ = 0;
  int reads_ = 0;
};

}  // namespace tests
