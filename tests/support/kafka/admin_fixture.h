#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "kafka/admin.h"
#include "support/kafka/real_kafka.h"
#include "support/reach.h"

namespace tests {

inline core::TimePoint at(std::int64_t millis) {
  return core::TimePoint(std::chrono::milliseconds(millis));
}

// An admin of the real Kafka, a group of its own, and a topic of three partitions: records with the
// timestamps 100, 200 and 300 in partition 0, one with 500 in partition 1, none in partition 2.
struct AdminFixture {
  base::Metrics metrics;
  kafka::Admin admin{metrics};
  RealKafka real;
  std::string group = unique("group");
  std::string topic = real.make_topic(3);

  AdminFixture() {
    real.produce(topic, 0, {100, 200, 300});
    real.produce(topic, 1, {500});
  }

  core::ReadRequest reading(std::vector<core::TopicRead> topics) const {
    core::ReadRequest request;
    request.connection.bootstrap_servers = kafka_bootstrap();
    request.group = group;
    request.topics = std::move(topics);
    return request;
  }
  core::ReadRequest reading() const { return reading({{topic, {}, {}}}); }
  core::ReadRequest reading_all_committed(core::PartitionRead also = {}) const {
    auto request = reading({});
    request.all_committed = std::move(also);
    return request;
  }
  core::CommitRequest committing(std::vector<core::OffsetCommit> offsets) const {
    return {reach(kafka_bootstrap()), group, "stamp", std::move(offsets), {}};
  }
  core::CommitRequest deleting(std::vector<core::TopicPartition> deletions) const {
    return {reach(kafka_bootstrap()), group, "stamp", {}, std::move(deletions)};
  }
  bool was_asked_for(const std::string& operation) const {
    const auto none =
        "offset_reset_kafka_request_seconds_count{operation=\"" + operation + "\"} 0\n";
    return metrics.text().find(none) == std::string::npos;
  }
};

}  // namespace tests
