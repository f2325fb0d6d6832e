#pragma once

#include <chrono>
#include <string_view>

#include "base/metrics.h"
#include "controller/work_queue.h"
#include "core/offset_reset.h"

namespace controller {

// The series that dashboards of controllers know (controller-runtime 0.21, client-go 0.33), under
// the names they know, and our own. Each is there from the start. Thread-safe.
class ControllerMetrics {
 public:
  explicit ControllerMetrics(base::Metrics& metrics);

  void set_workers(std::size_t count) { workers_->Set(static_cast<double>(count)); }
  void count_added() { adds_->Increment(); }
  // A worker takes a key that was due for so long, and is done with it.
  void began(std::chrono::duration<double> waited);
  void ended(std::chrono::duration<double> took);
  void count_retry() { retries_->Increment(); }

  // result: success, error, requeue or requeue_after.
  void count_reconcile(std::string_view result, std::chrono::duration<double> took);
  void count_panic() { panics_->Increment(); }

  // A reset that came to this reason, and what it moved if it is done.
  void count_reset(core::Reason reason);
  void count_records(const core::Summary& summary);

  void show(const WorkQueue::Load& load);
  void set_waiting(std::size_t resources) { waiting_->Set(static_cast<double>(resources)); }

 private:
  prometheus::Family<prometheus::Counter>& reconciles_;
  prometheus::Family<prometheus::Counter>& resets_;
  prometheus::Counter* errors_;
  prometheus::Counter* panics_;
  prometheus::Histogram* seconds_;
  prometheus::Gauge* active_workers_;
  prometheus::Gauge* workers_;
  prometheus::Gauge* depth_;
  prometheus::Counter* adds_;
  prometheus::Counter* retries_;
  prometheus::Histogram* queue_seconds_;
  prometheus::Histogram* work_seconds_;
  prometheus::Gauge* unfinished_seconds_;
  prometheus::Gauge* longest_seconds_;
  prometheus::Gauge* waiting_;
  prometheus::Counter* replayed_;
  prometheus::Counter* skipped_;
};

}  // namespace controller
