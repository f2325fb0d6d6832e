#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/ports.h"

namespace tests {

// What somebody knows who only listens to a watcher: the version of each open resource.
class Mirror {
 public:
  using State = std::map<core::ObjectKey, std::string>;

  core::ChangeSink sink() {
    return [this](core::Change change) {
      const std::lock_guard lock(mutex_);
      std::visit([this](const auto& one) { apply(one); }, change);
    };
  }
  State state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  // What was told by a change, in order: "name@version", a deletion as "-name".
  std::vector<std::string> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  void apply(const core::Relisted& list) {
    state_.clear();
    for (const auto& resource : list.resources) state_[resource.key] = resource.resource_version;
  }
  void apply(const core::Applied& applied) {
    const auto& resource = applied.resource;
    state_[resource.key] = resource.resource_version;
    told_.push_back(resource.key.name + "@" + resource.resource_version);
  }
  void apply(const core::Deleted& gone) {
    state_.erase(gone.key);
    told_.push_back("-" + gone.key.name);
  }

  mutable std::mutex mutex_;
  State state_;
  std::vector<std::string> told_;
};

}  // namespace tests
