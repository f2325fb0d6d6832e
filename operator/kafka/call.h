#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "core/offset_reset.h"
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
  core::Isolation isolation = core::Isolation::ReadUncommitted;  // where a log ends
  bool with_rights = false;  // describe also what may be done to it
  // An error of the whole answer that is left to whoever reads the answer.
  rd_kafka_resp_err_t tolerated = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// Where requests go, who counts them, and when they have had their time.
struct Channel {
  Client& client;
  RequestMetrics& metrics;
  Deadline deadline;
};

// Sends all requests at once and waits for all answers, which come back in the order of the
// requests. An answer is a success as a whole; its groups, topics and partitions can still carry
// errors. After an error the client is of no further use: answers may still come.
core::Result<std::vector<Event>> call(const Channel& channel, const std::vector<Request>& requests);

// The same for one request, whose answer is given to `decode`.
template <typename Decode>
auto ask(const Channel& channel, const Request& request, Decode decode)
    -> decltype(decode(Event(), request.task)) {
  const auto answers = call(channel, {request});
  if (!answers) return tl::unexpected<core::Error>(answers.error());
  return decode(answers->front(), request.task);
}

}  // namespace kafka
