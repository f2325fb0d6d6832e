#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "core/reason.h"
#include "kafka/client.h"
#include "kafka/request_metrics.h"
#include "kafka/task.h"

namespace kafka {

using Deadline = std::chrono::steady_clock::time_point;

// One admin request: what it is for, and how to send it.
struct Request {
  using Send = std::function<void(rd_kafka_t*, const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;

  Task task;
  rd_kafka_admin_op_t kind = RD_KAFKA_ADMIN_OP_ANY;
  Send send;
};

// Sends all requests at once and waits for all answers, which come back in the order of the
// requests. An answer is a success as a whole; its groups, topics and partitions can still carry
// errors. After an error the client is of no further use: answers may still come.
core::Result<std::vector<Event>> call(Client& client, RequestMetrics& metrics,
                                      const std::vector<Request>& requests, Deadline deadline);

}  // namespace kafka
