#pragma once

#include <map>
#include <vector>

#include "core/ports.h"

namespace kube {

// The open resources that a list has brought so far, in pages or as the events of a stream, where a
// change may follow on what it changes.
class Listing {
 public:
  void clear() { resources_.clear(); }
  void put(core::OffsetReset resource);
  void apply(core::Change change);

  std::vector<core::OffsetReset> take();  // by namespace and name; it is empty then

 private:
  std::map<core::ObjectKey, core::OffsetReset> resources_;
};

}  // namespace kube
