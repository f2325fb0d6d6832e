#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "core/ports.h"

namespace tests {

// What a watcher told, for a test that waits until it has heard enough.
template <typename Change>
class HeardOf {
 public:
  std::function<void(Change)> sink() {
    return [this](Change change) {
      const std::lock_guard lock(mutex_);
      changes_.push_back(std::move(change));
      changed_.notify_all();
    };
  }

  // The first `count` changes, or fewer after 20 s.
  std::vector<Change> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return changes_.size() >= count; });
    return changes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Change> changes_;
};

using Heard = HeardOf<core::Change>;
using HeardOfConnections = HeardOf<core::ConnectionChange>;

}  // namespace tests
