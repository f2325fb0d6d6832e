#include "controller/controller_metrics.h"

#include <string>

namespace controller {
namespace {

using prometheus::Labels;

const Labels kController{{"controller", "offsetreset"}};
const Labels kQueue{{"name", "offsetreset"}, {"controller", "offsetreset"}};

Labels with_result(std::string_view result) {
  return {{"controller", "offsetreset"}, {"result", std::string(result)}};
}

Labels with_reason(core::Reason reason) { return {{"reason", std::string(to_string(reason))}}; }

// A pass has a deadline of a minute; a key may wait for longer, behind those of a restart.
const prometheus::Histogram::BucketBoundaries kSeconds{
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300};

}  // namespace

ControllerMetrics::ControllerMetrics(base::Metrics& metrics)
    : reconciles_(metrics.counter("controller_runtime_reconcile_total",
                                  "Passes over a resource, by what they came to")),
      resets_(metrics.counter("offset_reset_total", "Resets that came to a reason")) {
  const auto counter = [&](const char* name, const char* help, const Labels& labels) {
    return &metrics.counter(name, help).Add(labels);
  };
  const auto gauge = [&](const char* name, const char* help, const Labels& labels) {
    return &metrics.gauge(name, help).Add(labels);
  };
  const auto histogram = [&](const char* name, const char* help, const Labels& labels) {
    return &metrics.histogram(name, help).Add(labels, kSeconds);
  };
  errors_ = counter("controller_runtime_reconcile_errors_total",
                    "Passes that failed and are made again", kController);
  panics_ = counter("controller_runtime_reconcile_panics_total",
                    "Passes that ended in an exception, a defect of the operator", kController);
  seconds_ =
      histogram("controller_runtime_reconcile_time_seconds", "Duration of a pass", kController);
  active_workers_ =
      gauge("controller_runtime_active_workers", "Workers that are in a pass", kController);
  workers_ = gauge("controller_runtime_max_concurrent_reconciles", "Workers", kController);

  depth_ = gauge("workqueue_depth", "Resources that are due and wait for a worker", kQueue);
  adds_ = counter("workqueue_adds_total", "Times that a resource became due", kQueue);
  retries_ =
      counter("workqueue_retries_total", "Resources that are due again after a failure", kQueue);
  queue_seconds_ = histogram("workqueue_queue_duration_seconds",
                             "How long a resource was due before a worker took it", kQueue);
  work_seconds_ =
      histogram("workqueue_work_duration_seconds", "How long a worker had a resource", kQueue);
  unfinished_seconds_ =
      gauge("workqueue_unfinished_work_seconds",
            "What workers have spent on the resources that they have, in sum", kQueue);
  longest_seconds_ = gauge("workqueue_longest_running_processor_seconds",
                           "For how long the slowest worker has had its resource", kQueue);

  waiting_ = gauge("offset_reset_waiting",
                   "Resets that wait for their group: GroupActive, Settling or Queued", {});
  const char* const records = "offset_reset_records_total";
  const char* const records_help = "Records that resets made to be read again, or not at all";
  replayed_ = counter(records, records_help, {{"direction", "replay"}});
  skipped_ = counter(records, records_help, {{"direction", "skip"}});
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    reconciles_.Add(with_result(result));
  }
  for (unsigned value = 0; value <= static_cast<unsigned>(core::kLastReason); ++value) {
    resets_.Add(with_reason(static_cast<core::Reason>(value)));
  }
}

void ControllerMetrics::began(std::chrono::duration<double> waited) {
  active_workers_->Increment();
  queue_seconds_->Observe(waited.count());
}

void ControllerMetrics::ended(std::chrono::duration<double> took) {
  active_workers_->Decrement();
  work_seconds_->Observe(took.count());
}

void ControllerMetrics::count_reconcile(std::string_view result,
                                        std::chrono::duration<double> took) {
  reconciles_.Add(with_result(result)).Increment();
  if (result == "error") errors_->Increment();
  seconds_->Observe(took.count());
}

void ControllerMetrics::count_reset(core::Reason reason) {
  resets_.Add(with_reason(reason)).Increment();
}

void ControllerMetrics::count_records(const core::Summary& summary) {
  replayed_->Increment(static_cast<double>(summary.replay_records));
  skipped_->Increment(static_cast<double>(summary.skip_records));
}

void ControllerMetrics::show(const WorkQueue::Load& load) {
  const auto seconds = [](std::chrono::duration<double> duration) { return duration.count(); };
  depth_->Set(static_cast<double>(load.depth));
  unfinished_seconds_->Set(seconds(load.unfinished));
  longest_seconds_->Set(seconds(load.longest));
}

}  // namespace controller
