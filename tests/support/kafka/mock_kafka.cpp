#include "support/kafka/mock_kafka.h"

#include <array>
#include <stdexcept>

namespace tests {

MockKafka::MockKafka(int brokers) {
  std::array<char, 512> text{};
  handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text.data(), text.size()));
  if (!handle_) throw std::runtime_error(text.data());
  cluster_.reset(rd_kafka_mock_cluster_new(handle_.get(), brokers));
  rd_kafka_mock_start_request_tracking(cluster_.get());
}

void MockKafka::make_topic(const std::string& topic, int partitions) {
  rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1);
}

void MockKafka::push_errors(ApiKey request, const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(request),
                                          errors.size(), errors.data());
}

void MockKafka::set_round_trip(std::chrono::milliseconds duration) {
  constexpr std::int32_t kFirstBroker = 1;
  rd_kafka_mock_broker_set_rtt(cluster_.get(), kFirstBroker, static_cast<int>(duration.count()));
}

int MockKafka::requests(ApiKey request) const {
  std::size_t count = 0;
  auto** all = rd_kafka_mock_get_requests(cluster_.get(), &count);
  int found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_mock_request_api_key(all[i]) == static_cast<std::int16_t>(request)) ++found;
  }
  rd_kafka_mock_request_destroy_array(all, count);
  return found;
}

}  // namespace tests
