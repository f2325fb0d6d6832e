#include "controller/fenced_kafka.h"

#include <fmt/format.h>

#include <utility>

namespace controller {

FencedKafka::FencedKafka(core::Kafka& kafka, MayCommit may_commit)
    : kafka_(kafka), may_commit_(std::move(may_commit)) {}

core::GroupSnapshots FencedKafka::describe(const core::Connection& connection,
                                           const std::vector<std::string>& groups) {
  return kafka_.describe(connection, groups);
}

core::Result<core::Snapshot> FencedKafka::read(const core::ReadRequest& request) {
  return kafka_.read(request);
}

core::Result<void> FencedKafka::commit(const core::CommitRequest& request) {
  if (may_commit_()) return kafka_.commit(request);
  return core::fail(core::Reason::Conflict,
                    fmt::format("commit offsets of group {}: not begun, as the lease by which this "
                                "operator leads may end before it is over",
                                request.group));
}

core::Result<bool> FencedKafka::was_committed(const core::HistoryRequest& request) {
  return kafka_.was_committed(request);
}

core::Result<core::ClusterDescription> FencedKafka::describe_cluster(
    const core::Connection& connection) {
  return kafka_.describe_cluster(connection);
}

}  // namespace controller
