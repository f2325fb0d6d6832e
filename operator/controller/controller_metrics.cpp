#include "controller/controller_metrics.h"

#include <string>

namespace controller {
namespace {

using Labels = prometheus::Labels;

const Labels kController{{"controller", "offsetreset"}};
const Labels kQueue{{"name", "offsetreset"}};

}  // namespace

ControllerMetrics::ControllerMetrics(base::Metrics& metrics)
    : reconciles_(metrics.counter("controller_runtime_reconcile_total", "Passes, by result.")),
      resets_(metrics.counter("offset_reset_total", "Resets that came to a reason, by reason.")),
      errors_(&metrics
                   .counter("controller_runtime_reconcile_errors_total",
                            "Passes that failed and are made again.")
                   .Add(kController)),
      seconds_(&metrics.histogram("controller_runtime_reconcile_time_seconds", "A pass.")
                    .Add(kController, base::request_seconds_buckets())),
      active_workers_(&metrics.gauge("controller_runtime_active_workers", "Workers in a pass.")
                           .Add(kController)),
      workers_(&metrics.gauge("controller_runtime_max_concurrent_reconciles", "Workers.")
                    .Add(kController)),
      depth_(&metrics.gauge("workqueue_depth", "Keys that are due.").Add(kQueue)),
      adds_(&metrics.counter("workqueue_adds_total", "Keys added.").Add(kQueue)),
      retries_(&metrics.counter("workqueue_retries_total", "Keys added again after a failure.")
                    .Add(kQueue)),
      queue_seconds_(
          &metrics.histogram("workqueue_queue_duration_seconds", "From due to taken by a worker.")
               .Add(kQueue, base::request_seconds_buckets())),
      work_seconds_(&metrics.histogram("workqueue_work_duration_seconds", "With a worker.")
                         .Add(kQueue, base::request_seconds_buckets())),
      waiting_(&metrics.gauge("offset_reset_waiting", "Resets that are not finished.").Add({})) {
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    reconciles_.Add({{"controller", "offsetreset"}, {"result", result}});
  }
  for (unsigned value = 0; value <= static_cast<unsigned>(core::kLastReason); ++value) {
    resets_.Add({{"reason", std::string(to_string(static_cast<core::Reason>(value)))}});
  }
  auto& records = metrics.counter("offset_reset_records_total",
                                  "Records that finished resets made to be read again or skipped.");
  replayed_ = &records.Add({{"direction", "replay"}});
  skipped_ = &records.Add({{"direction", "skip"}});
}

void ControllerMetrics::count_reconcile(std::string_view result,
                                        std::chrono::duration<double> took) {
  reconciles_.Add({{"controller", "offsetreset"}, {"result", std::string(result)}}).Increment();
  if (result == "error") errors_->Increment();
  seconds_->Observe(took.count());
  work_seconds_->Observe(took.count());
}

void ControllerMetrics::observe_waited_in_queue(std::chrono::duration<double> waited) {
  queue_seconds_->Observe(waited.count());
}

void ControllerMetrics::count_reset(core::Reason reason) {
  resets_.Add({{"reason", std::string(to_string(reason))}}).Increment();
}

void ControllerMetrics::count_records(const core::Summary& summary) {
  replayed_->Increment(static_cast<double>(summary.replay_records));
  skipped_->Increment(static_cast<double>(summary.skip_records));
}

}  // namespace controller
