#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "core/offset_reset.h"

namespace controller {

// Keys to look at, now or later. A key is in the queue at most once and never with two workers: one
// that is added while a worker has it comes back when the worker is done. The earliest request of a
// delayed key wins. Thread-safe.
class WorkQueue {
 public:
  using Clock = std::chrono::steady_clock;

  // A worker's hold on a key; gives it back when it goes.
  class Lease {
   public:
    Lease(WorkQueue& queue, core::ObjectKey key, Clock::duration waited);
    Lease(Lease&& other) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    const core::ObjectKey& key() const { return key_; }
    Clock::duration waited() const { return waited_; }  // since it was due

   private:
    WorkQueue* queue_;
    core::ObjectKey key_;
    Clock::duration waited_;
  };

  void add(const core::ObjectKey& key);
  void add_after(const core::ObjectKey& key, Clock::duration delay);

  // Blocks until a key is due; none when `stop` is requested.
  std::optional<Lease> take(std::stop_token stop);

  std::size_t depth() const;  // due and not taken

 private:
  struct Due {
    core::ObjectKey key;
    Clock::time_point since;
  };

  void give_back(const core::ObjectKey& key);
  // Both: with mutex_ held.
  void push(const core::ObjectKey& key, Clock::time_point since);
  void push_what_is_due(Clock::time_point now);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Due> ready_;
  std::set<core::ObjectKey> dirty_;       // in ready_, or to be when its worker is done
  std::set<core::ObjectKey> processing_;  // with a worker
  std::map<core::ObjectKey, Clock::time_point> due_at_;
  std::set<std::pair<Clock::time_point, core::ObjectKey>> delayed_;
};

}  // namespace controller
