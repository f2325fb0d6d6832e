#include "kafka/cluster_description.h"

#include "kafka/errors.h"

namespace kafka {
namespace {

core::Result<core::ClusterDescription> cluster_in(const Event& answer, const Task& task) {
  const auto* result = rd_kafka_event_DescribeCluster_result(answer.get());
  if (result == nullptr) return tl::unexpected(answer_lacks(task, "the cluster"));
  std::size_t brokers = 0;
  rd_kafka_DescribeCluster_result_nodes(result, &brokers);
  const char* id = rd_kafka_DescribeCluster_result_cluster_id(result);
  return core::ClusterDescription{id == nullptr ? "" : id, static_cast<std::int64_t>(brokers)};
}

}  // namespace

core::Result<core::ClusterDescription> describe_cluster(const Channel& channel) {
  Request request;
  request.task = {Operation::Cluster, {}, {}};
  request.kind = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
  request.send = [](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                    rd_kafka_queue_t* queue) { rd_kafka_DescribeCluster(handle, options, queue); };
  return ask(channel, request, cluster_in);
}

}  // namespace kafka
