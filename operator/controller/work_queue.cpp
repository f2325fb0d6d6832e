#include "controller/work_queue.h"

#include <utility>

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

void WorkQueue::push(const ObjectKey& key, Clock::time_point since) {
  if (!dirty_.insert(key).second) return;
  if (!processing_.contains(key)) ready_.push_back({key, since});
}

void WorkQueue::push_what_is_due(Clock::time_point now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const auto [since, key] = *delayed_.begin();
    delayed_.erase(delayed_.begin());
    due_at_.erase(key);
    push(key, since);
  }
}

void WorkQueue::add(const ObjectKey& key) {
  {
    const std::lock_guard lock(mutex_);
    push(key, Clock::now());
  }
  changed_.notify_one();
}

void WorkQueue::add_after(const ObjectKey& key, Clock::duration delay) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = Clock::now() + delay;
    const auto known = due_at_.find(key);
    if (known != due_at_.end()) {
      if (known->second <= at) return;
      delayed_.erase({known->second, key});
    }
    due_at_.insert_or_assign(key, at);
    delayed_.emplace(at, key);
  }
  changed_.notify_one();
}

std::optional<WorkQueue::Lease> WorkQueue::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = Clock::now();
    push_what_is_due(now);
    if (!ready_.empty()) {
      const Due due = std::move(ready_.front());
      ready_.pop_front();
      dirty_.erase(due.key);
      processing_.insert(due.key);
      // Several may have become due at once, and only this worker was woken for them.
      if (!ready_.empty()) changed_.notify_one();
      return std::optional<Lease>(std::in_place, *this, due.key, now - due.since);
    }
    const auto is_ready = [this] { return !ready_.empty(); };
    if (delayed_.empty()) {
      changed_.wait(lock, stop, [&] { return is_ready() || !delayed_.empty(); });
    } else {
      const auto first = delayed_.begin()->first;
      changed_.wait_until(lock, stop, first, [&] {
        return is_ready() || delayed_.empty() || delayed_.begin()->first < first;
      });
    }
  }
  return std::nullopt;
}

void WorkQueue::give_back(const ObjectKey& key) {
  {
    const std::lock_guard lock(mutex_);
    processing_.erase(key);
    if (!dirty_.contains(key)) return;
    ready_.push_back({key, Clock::now()});
  }
  changed_.notify_one();
}

std::size_t WorkQueue::depth() const {
  const std::lock_guard lock(mutex_);
  return ready_.size();
}

}  // namespace controller
