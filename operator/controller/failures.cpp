#include "controller/failures.h"

namespace controller {
namespace {

constexpr std::chrono::milliseconds kFirstRetry{1'000};
constexpr std::chrono::milliseconds kLongestRetry{300'000};

}  // namespace

// One that was made again under the same name has failed at nothing yet.
Failures::Row& Failures::row(const core::OffsetReset& resource) {
  const auto known = rows_.find(resource.key);
  if (known != rows_.end() && known->second.uid == resource.uid) return known->second;
  return rows_
      .insert_or_assign(resource.key,
                        Row{resource.uid, base::Backoff(kFirstRetry, kLongestRetry), 0})
      .first->second;
}

std::chrono::milliseconds Failures::next_delay(const core::OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  return row(resource).backoff.next();
}

int Failures::count_exception(const core::OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  return ++row(resource).exceptions;
}

void Failures::end_exceptions(const core::OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  if (const auto known = rows_.find(resource.key); known != rows_.end()) {
    known->second.exceptions = 0;
  }
}

void Failures::forget(const core::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  rows_.erase(key);
}

}  // namespace controller
