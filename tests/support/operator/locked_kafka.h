#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/world.h"

namespace tests {

// The Kafka of a World, for several threads.
class LockedKafka : public core::Kafka {
 public:
  explicit LockedKafka(World world) : world_(std::move(world)) {}

  // To arrange it and to look into it.
  template <typename Action>
  auto with(Action action) {
    const std::lock_guard lock(mutex_);
    return action(world_);
  }

  core::GroupSnapshots describe(const core::Connection& connection,
                                const std::vector<std::string>& groups) override {
    return with([&](World& world) { return world.describe(connection, groups); });
  }
  core::Result<core::Snapshot> read(const core::ReadRequest& request) override {
    return with([&](World& world) { return world.read(request); });
  }
  core::Result<void> commit(const core::CommitRequest& request) override {
    return with([&](World& world) { return world.commit(request); });
  }
  core::Result<bool> was_committed(const core::HistoryRequest& request) override {
    return with([&](World& world) { return world.was_committed(request); });
  }
  core::Result<core::ClusterDescription> describe_cluster(
      const core::Connection& connection) override {
    return with([&](World& world) { return world.describe_cluster(connection); });
  }

 private:
  std::mutex mutex_;
  World world_;
};

}  // namespace tests
