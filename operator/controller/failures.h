#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "base/backoff.h"
#include "core/offset_reset.h"

namespace controller {

// How often in a row passes over each resource have failed, and so when to try again. Thread-safe.
class Failures {
 public:
  // Counts a failure; how long to wait after it.
  std::chrono::milliseconds next_delay(const core::OffsetReset& resource);

  // How many exceptions in a row that makes, with this one.
  int count_exception(const core::OffsetReset& resource);
  // A pass came to its end, good or bad.
  void end_exceptions(const core::OffsetReset& resource);

  void forget(const core::ObjectKey& key);

 private:
  struct Row {
    std::string uid;
    base::Backoff backoff;
    int exceptions = 0;
  };

  Row& row(const core::OffsetReset& resource);  // with mutex_ held

  std::mutex mutex_;
  std::map<core::ObjectKey, Row> rows_;
};

}  // namespace controller
