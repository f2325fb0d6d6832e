#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "controller/controller_metrics.h"
#include "controller/reconciler.h"
#include "controller/store.h"
#include "controller/work_queue.h"

namespace controller {

// Takes the watch's changes in, and works on them with a few threads: who is next, when again, and
// what is told of it in logs and metrics. What a pass does is the Reconciler's.
class Controller {
 public:
  Controller(Reconciler reconciler, base::Metrics& metrics, Reconciler::Now now,
             std::size_t workers);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // From any thread.
  void on_change(core::Change change);

  void start();
  // Takes no new work, and returns when the passes under way are over.
  void stop();

  // How long the longest pass under way has taken so far; a liveness probe's measure.
  std::chrono::steady_clock::duration longest_pass() const;
  // Brings the gauges up to date that are read rather than counted.
  void refresh_gauges();

 private:
  struct Worker {
    std::atomic<std::chrono::steady_clock::rep> pass_began{0};  // 0: idle
    std::jthread thread;
  };

  void work(Worker& worker, std::stop_token stop);
  void handle(const core::ObjectKey& key);
  Outcome pass(const Store::Entry& entry);
  void enqueue(const core::ObjectKey& key);
  void requeue(const core::OffsetReset& resource, const Outcome& outcome);
  void report(const core::OffsetReset& before, const Outcome& outcome);
  std::chrono::milliseconds next_delay(const core::ObjectKey& key);
  void forget_failures(const core::ObjectKey& key);

  Reconciler reconciler_;
  Reconciler::Now now_;
  ControllerMetrics metrics_;
  Store store_;
  WorkQueue queue_;
  std::mutex failures_mutex_;
  std::map<core::ObjectKey, base::Backoff> failures_;
  std::vector<Worker> workers_;
};

}  // namespace controller
