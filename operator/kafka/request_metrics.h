#pragma once

#include <chrono>
#include <map>

#include "base/metrics.h"
#include "kafka/task.h"

namespace kafka {

// offset_reset_kafka_request_seconds{operation}, each series there from the start. Thread-safe.
class RequestMetrics {
 public:
  explicit RequestMetrics(base::Metrics& metrics);
  void observe(Operation operation, std::chrono::duration<double> seconds);

 private:
  std::map<Operation, prometheus::Histogram*> series_;
};

}  // namespace kafka
