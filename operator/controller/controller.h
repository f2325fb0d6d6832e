#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/controller_metrics.h"
#include "controller/failures.h"
#include "controller/group_watch.h"
#include "controller/reconciler.h"
#include "controller/store.h"
#include "controller/work_queue.h"

namespace controller {

// Takes the watch's changes in, and works on them with a few threads: who is next, when again, and
// what is told of it in logs and metrics. What a pass does is the Reconciler's.
class Controller {
 public:
  // `kafka` is for the watch of groups.
  Controller(Reconciler reconciler, core::Kafka& kafka, base::Metrics& metrics, Reconciler::Now now,
             std::size_t workers, GroupWatch::Timing group_watch = {});
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;
  // Waits for the passes under way, however long they take.
  ~Controller() = default;

  // Both from any thread. `enqueue`: that resource is to be looked at, for a reason that the watch
  // does not tell.
  void on_change(core::Change change);
  void enqueue(const core::ObjectKey& key, Priority priority = Priority::Fresh);

  // That connection, or what it refers to, is another now: whoever needs it is to look again.
  void connection_changed(const core::ConnectionId& connection);
  // Is told how it went for a reset with the connection that it names. Before start().
  using Used = std::function<void(const core::ConnectionId&, const core::Error& outcome)>;
  void when_used(Used used) { used_ = std::move(used); }

  void start();
  // Takes no new work, and returns when the passes under way are over; false if they are not after
  // so long.
  bool stop(std::chrono::milliseconds patience);

  // How long the longest pass under way has taken so far; a liveness probe's measure.
  std::chrono::steady_clock::duration longest_pass() const { return queue_.load().longest; }
  // Brings the gauges up to date that are read rather than counted.
  void refresh_gauges();

 private:
  void work(std::stop_token stop);
  void handle(const core::ObjectKey& key);
  Outcome pass(const Store::Entry& entry);
  Outcome contained(const core::OffsetReset& resource, core::Observed seen);
  Outcome after_exception(const core::OffsetReset& resource, std::string_view what);
  void requeue(const core::OffsetReset& resource, const Outcome& outcome);
  void watch_group(const core::OffsetReset& resource, const Outcome& outcome);
  void forget_gone();
  void report(const core::OffsetReset& before, const Outcome& outcome);
  std::set<core::ObjectKey> not_urgent(const core::Change& change);

  Reconciler reconciler_;
  Reconciler::Now now_;
  ControllerMetrics metrics_;
  Store store_;
  WorkQueue queue_;
  Failures failures_;
  GroupWatch group_watch_;
  Used used_;

  std::mutex mutex_;
  std::condition_variable worker_ended_;
  std::size_t running_workers_ = 0;  // guarded by mutex_
  std::set<std::string> listed_;     // namespaces; guarded by mutex_

  const std::size_t worker_count_;
  std::vector<std::jthread> workers_;  // the last member: they end before the others do
};

}  // namespace controller
