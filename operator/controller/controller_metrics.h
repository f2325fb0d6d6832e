#pragma once

#include <chrono>
#include <string_view>

#include "base/metrics.h"
#include "core/offset_reset.h"

namespace controller {

// The series that dashboards of controllers know, under the names they know, and our own. Each
// starts at 0.
class ControllerMetrics {
 public:
  explicit ControllerMetrics(base::Metrics& metrics);

  // result: success, error, requeue or requeue_after.
  void count_reconcile(std::string_view result, std::chrono::duration<double> took);
  void count_added() { adds_->Increment(); }
  void count_retry() { retries_->Increment(); }
  void observe_waited_in_queue(std::chrono::duration<double> waited);
  void set_queue_depth(std::size_t depth) { depth_->Set(static_cast<double>(depth)); }
  void set_workers(std::size_t count) { workers_->Set(static_cast<double>(count)); }
  void worker_began() { active_workers_->Increment(); }
  void worker_ended() { active_workers_->Decrement(); }
  void set_waiting(std::size_t resources) { waiting_->Set(static_cast<double>(resources)); }
  // A reset that came to this reason, and what it moved if it is done.
  void count_reset(core::Reason reason);
  void count_records(const core::Summary& summary);

 private:
  prometheus::Family<prometheus::Counter>& reconciles_;
  prometheus::Family<prometheus::Counter>& resets_;
  prometheus::Counter* errors_;
  prometheus::Histogram* seconds_;
  prometheus::Gauge* active_workers_;
  prometheus::Gauge* workers_;
  prometheus::Gauge* depth_;
  prometheus::Counter* adds_;
  prometheus::Counter* retries_;
  prometheus::Histogram* queue_seconds_;
  prometheus::Histogram* work_seconds_;
  prometheus::Gauge* waiting_;
  prometheus::Counter* replayed_;
  prometheus::Counter* skipped_;
};

}  // namespace controller
