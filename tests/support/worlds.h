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
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override;
  core::Result<void> commit(const core::CommitRequest& request) override;
  core::Result<bool> was_committed(const core::HistoryRequest& request) override;
  // core::Kubernetes
  core::Result<core::OffsetReset> write_status(const core::OffsetReset& wanted) override;
  core::Result<core::OffsetReset> read_reset(const core::ObjectKey& key) override;
  core::Result<std::string> read_config_map(const core::ObjectKey& config_map,
                                            const std::string& key) override;
  core::Result<void> delete_reset(const core::ObjectKey& key, const std::string& uid) override;
  void record_event(const core::Event& event) override;

  // Called before each read, by the thread that reads: it may hold it, or throw.
  std::function<void(const core::ReadRequest&)> before_read;

  // Resources are in the namespace "payments".
  void join(const std::string& name, const std::string& client_id);  // the reset's group
  core::OffsetReset resource(const std::string& name) const;
  bool is_closed(const std::string& name) const { return resource(name).status.closed; }
  int effective_commits(const std::string& name) const;
  // The groups in the order in which they were first read.
  std::vector<std::string> groups_read() const;

 private:
  using Group = std::pair<std::string, std::string>;  // of these bootstrap servers, of this name

  World& of_group(  // with mutex_ held
      const std::string& bootstrap_servers, const std::string& group);

  mutable std::mutex mutex_;
  std::map<core::ObjectKey, World> worlds_;
  std::map<Group, core::ObjectKey> groups_;
  std::vector<std::string> groups_read_;
};

}  // namespace tests
