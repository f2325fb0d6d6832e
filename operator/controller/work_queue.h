#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "controller/fair_queue.h"
#include "core/offset_reset.h"

namespace controller {

// Keys to look at, now or later. A key is in the queue at most once and never with two workers: one
// that is added while a worker has it comes back when the worker is done. The earliest request of a
// delayed key wins. Who comes next is FairQueue's. Thread-safe.
class WorkQueue {
 public:
  using Clock = std::chrono::steady_clock;
  using LaneOf = std::function<std::string(const core::ObjectKey&)>;

  // `lane_of` is asked when a key becomes due, and must not call the queue. `on_added` is told of
  // each time that a key does.
  explicit WorkQueue(LaneOf lane_of, std::function<void()> on_added = {});

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

  void add(const core::ObjectKey& key, Priority priority = Priority::Fresh);
  // Comes in the background when it is due.
  void add_after(const core::ObjectKey& key, Clock::duration delay);

  // Blocks until there is a key for this worker; none when `stop` is requested.
  std::optional<Lease> take(std::stop_token stop);

  struct Load {
    std::size_t depth = 0;  // keys that are due and not taken
    Clock::duration unfinished{
        0};                      // what the workers have spent on the keys that they have, in sum
    Clock::duration longest{0};  // and the longest of it
  };
  Load load() const;

 private:
  struct Held {
    std::string lane;
    Clock::time_point since;
  };

  void give_back(const core::ObjectKey& key);
  // All of these: with mutex_ held.
  void push(const core::ObjectKey& key, Priority priority, Clock::time_point since);
  void push_what_is_due(Clock::time_point now);
  std::optional<FairQueue::Taken> next(std::unique_lock<std::mutex>& lock, std::stop_token stop);
  void wait(std::unique_lock<std::mutex>& lock, std::stop_token stop);
  void wake_one();

  const LaneOf lane_of_;
  const std::function<void()> on_added_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t changes_ = 0;
  std::size_t idle_workers_ = 0;
  FairQueue ready_;
  std::map<core::ObjectKey, Held> processing_;
  std::map<core::ObjectKey, Priority> again_;  // added while a worker has it
  std::map<core::ObjectKey, Clock::time_point> due_at_;
  std::set<std::pair<Clock::time_point, core::ObjectKey>> delayed_;
};

}  // namespace controller
