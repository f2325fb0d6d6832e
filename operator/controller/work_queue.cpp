#include "controller/work_queue.h"

#include <algorithm>

namespace controller {

using core::ObjectKey;

WorkQueue::Lease::Lease(WorkQueue& queue, ObjectKey key, Clock::duration waited)
    : queue_(&queue), key_(std::move(key)), waited_(waited) {}

WorkQueue::Lease::Lease(Lease&& other) noexcept
    : queue_(std::exchange(other.queue_, nullptr)),
      key_(std::move(other.key_)),
      waited_(other.waited_) {}

WorkQueue::Lease::~Lease() {
  if (queue_ != nullptr) queue_->give_back(key_);
}

WorkQueue::WorkQueue(LaneOf lane_of, std::function<void()> on_added)
    : lane_of_(std::move(lane_of)), on_added_(std::move(on_added)) {}

void WorkQueue::push(const ObjectKey& key, Priority priority, Clock::time_point since) {
  if (on_added_) on_added_();
  if (processing_.contains(key)) {
    const auto again = again_.try_emplace(key, priority).first;
    again->second = std::min(again->second, priority);
  } else {
    ready_.push(key, lane_of_(key), priority, since);
  }
}

void WorkQueue::push_what_is_due(Clock::time_point now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const auto [since, key] = *delayed_.begin();
    delayed_.erase(delayed_.begin());
    due_at_.erase(key);
    push(key, Priority::Background, since);
  }
}

void WorkQueue::add(const ObjectKey& key, Priority priority) {
  const std::lock_guard lock(mutex_);
  push(key, priority, Clock::now());
  wake_one();
}

void WorkQueue::add_after(const ObjectKey& key, Clock::duration delay) {
  const std::lock_guard lock(mutex_);
  const auto at = Clock::now() + delay;
  const auto known = due_at_.find(key);
  if (known != due_at_.end()) {
    if (known->second <= at) return;
    delayed_.erase({known->second, key});
  }
  due_at_.insert_or_assign(key, at);
  delayed_.emplace(at, key);
  wake_one();
}

std::optional<WorkQueue::Lease> WorkQueue::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ++idle_workers_;
  auto taken = next(lock, std::move(stop));
  --idle_workers_;
  if (!taken) return std::nullopt;
  const auto now = Clock::now();
  processing_.emplace(taken->key, Held{std::move(taken->lane), now});
  // Only this worker was woken for what else is due, or soon to be.
  if (ready_.size() > 0 || !delayed_.empty()) wake_one();
  return std::optional<Lease>(std::in_place, *this, std::move(taken->key), now - taken->since);
}

std::optional<FairQueue::Taken> WorkQueue::next(std::unique_lock<std::mutex>& lock,
                                                std::stop_token stop) {
  while (!stop.stop_requested()) {
    push_what_is_due(Clock::now());
    if (auto taken = ready_.pop(idle_workers_ == 1)) return taken;
    wait(lock, stop);
  }
  return std::nullopt;
}

// Until something is different, or due.
void WorkQueue::wait(std::unique_lock<std::mutex>& lock, std::stop_token stop) {
  const auto is_changed = [this, seen = changes_] { return changes_ != seen; };
  if (delayed_.empty()) {
    changed_.wait(lock, std::move(stop), is_changed);
  } else {
    // A copy: wait_until looks at its argument again after waking, when the entry may be gone.
    const auto first = delayed_.begin()->first;
    changed_.wait_until(lock, std::move(stop), first, is_changed);
  }
}

void WorkQueue::wake_one() {
  ++changes_;
  changed_.notify_one();
}

void WorkQueue::give_back(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto held = processing_.extract(key);
  if (const auto again = again_.extract(key)) {
    ready_.push(key, lane_of_(key), again.mapped(), Clock::now());
  }
  ready_.done(held.mapped().lane);
  wake_one();
}

WorkQueue::Load WorkQueue::load() const {
  const std::lock_guard lock(mutex_);
  Load load{ready_.size(), {}, {}};
  const auto now = Clock::now();
  for (const auto& [key, held] : processing_) {
    load.unfinished += now - held.since;
    load.longest = std::max(load.longest, now - held.since);
  }
  return load;
}

}  // namespace controller
