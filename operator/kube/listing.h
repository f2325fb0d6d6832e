#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/offset_reset.h"

namespace kube {

// The resources that a list has brought so far, in pages or as the events of a stream, where a
// change may follow on what it changes.
template <typename Resource>
class Listing {
 public:
  void clear() { resources_.clear(); }
  void put(core::ObjectKey key, Resource resource) {
    resources_.insert_or_assign(std::move(key), std::move(resource));
  }
  void erase(const core::ObjectKey& key) { resources_.erase(key); }

  // By namespace and name; it is empty then.
  std::vector<Resource> take() {
    std::vector<Resource> taken;
    taken.reserve(resources_.size());
    for (auto& [key, resource] : std::exchange(resources_, {})) {
      taken.push_back(std::move(resource));
    }
    return taken;
  }

 private:
  std::map<core::ObjectKey, Resource> resources_;
};

}  // namespace kube
