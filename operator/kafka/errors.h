#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "core/connection.h"
#include "core/reason.h"
#include "kafka/task.h"

namespace kafka {

// What an error code of Kafka or librdkafka means to a reset. A code that is not known is
// KafkaUnavailable: a request that failed for an unknown reason may have been applied.
core::Reason reason_of(rd_kafka_resp_err_t code);

// The error of a task, with a sentence for people: "commit offsets of group orders: Not
// coordinator".
core::Error error_of(const Task& task, rd_kafka_resp_err_t code);

// The same for a code that one partition's row carries. It is named where the trouble is its own:
// "read the log end of topic payments: topic payments partition 3: Leader not available".
core::Error error_of(const Task& task, const rd_kafka_topic_partition_t& partition);

// An error about a missing right tells the command that grants it, with placeholders for who is
// refused where. This puts in what is known of them.
core::Error addressed(core::Error error, const core::Connection& connection);

// An answer without what was asked for: "describe group orders: the answer lacks the group".
core::Error answer_lacks(const Task& task, std::string_view what);

}  // namespace kafka
