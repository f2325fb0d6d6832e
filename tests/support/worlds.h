#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/ports.h"
#include "support/world.h"

namespace tests {

// Many resets, each with a world of its own: a group and a resource. Thread-safe.
class Worlds : public core::Kafka, public core::Kubernetes {
 public:
  // The group has read up to 90.
  void add(const core::OffsetReset& resource);

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
  void record_event(const core::Event& event) override;

  // Called before each read, by the thread that reads: it may hold it, or throw.
  std::function<void(const core::ReadRequest&)> before_read;
  // Called at the end of each look at groups, by the thread that looks.
  std::function<void()> after_look;

  // What read_connection and read_texts find; set before the work begins.
  std::map<core::ConnectionId, core::KafkaConnection> connections;
  std::map<core::Holder, core::Texts> texts;

  // Resources are in the namespace "payments".
  void join(const std::string& name, const std::string& client_id);  // the reset's group
  void leave(const std::string& name);
  void lose_kafka(const std::string& name);  // from now on, for this reset
  core::OffsetReset resource(const std::string& name) const;
  bool is_closed(const std::string& name) const { return resource(name).status.closed; }
  int effective_commits(const std::string& name) const;
  std::vector<std::string> events(const std::string& name) const;  // their reasons
  // The groups in the order in which they were first read.
  std::vector<std::string> groups_read() const;
  int reads(const std::string& name) const;
  int looks() const;  // calls of describe
  std::vector<std::string> last_looked_at() const;

 private:
  using Group = std::pair<std::string, std::string>;  // of these bootstrap servers, of this name

  World& of_group(const core::Connection& connection,
                  const std::string& group);  // with mutex_ held

  mutable std::mutex mutex_;
  std::map<core::ObjectKey, World> worlds_;
  std::map<Group, core::ObjectKey> groups_;
  std::vector<std::string> groups_read_;
  int looks_ = 0;
  std::vector<std::string> last_looked_at_;
};

}  // namespace tests
