#include "kafka/request_metrics.h"

#include <string>

namespace kafka {

RequestMetrics::RequestMetrics(base::Metrics& metrics) {
  auto& family =
      metrics.histogram("offset_reset_kafka_request_seconds",
                        "Duration of requests to Kafka, failed and unanswered ones included");
  for (const auto operation : kOperations) {
    series_.emplace(operation, &family.Add({{"operation", std::string(to_string(operation))}},
                                           base::request_seconds_buckets()));
  }
}

void RequestMetrics::observe(Operation operation, std::chrono::duration<double> seconds) {
  series_.at(operation)->Observe(seconds.count());
}

}  // namespace kafka
