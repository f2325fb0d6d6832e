#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "kafka/handle.h"
// Wants rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

namespace tests {

// Kafka's number for a request.
enum class ApiKey : std::int16_t { ListOffsets = 2, OffsetCommit = 8, OffsetFetch = 9 };

// librdkafka's cluster in memory, which can be told to fail. It describes neither groups nor topics
// and deletes no commits (2.14), so with it Admin can only commit, for one topic at a time.
class MockKafka {
 public:
  explicit MockKafka(int brokers = 1);

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  void make_topic(const std::string& topic, int partitions);
  // The next requests of this kind are answered so, one each; _TRANSPORT closes the connection.
  void push_errors(ApiKey request, const std::vector<rd_kafka_resp_err_t>& errors);
  // How late each answer of a cluster of one broker comes.
  void set_round_trip(std::chrono::milliseconds duration);
  // How many requests of this kind came so far.
  int requests(ApiKey request) const;

 private:
  using Cluster =
      std::unique_ptr<rd_kafka_mock_cluster_t, kafka::Destroy<rd_kafka_mock_cluster_destroy>>;

  kafka::Handle handle_;
  Cluster cluster_;  // goes before the handle
};

}  // namespace tests
