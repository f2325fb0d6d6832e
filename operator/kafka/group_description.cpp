#include "kafka/group_description.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "kafka/errors.h"
#include "kafka/rights.h"

namespace kafka {
namespace {

using Description = rd_kafka_ConsumerGroupDescription_t;

constexpr std::string_view kStreamsAssignor = "stream";

core::GroupState state_of(const Description* group) {
  switch (rd_kafka_ConsumerGroupDescription_state(group)) {
    case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE:
      return core::GroupState::PreparingRebalance;
    case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE:
      return core::GroupState::CompletingRebalance;
    case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE:
      return core::GroupState::Stable;
    case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD:
      return core::GroupState::Dead;
    case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY:
      return core::GroupState::Empty;
    default:  // 2.14 has no names for KIP-848's Assigning and Reconciling.
      return core::GroupState::Unknown;
  }
}

core::GroupType type_of(const Description* group) {
  switch (rd_kafka_ConsumerGroupDescription_type(group)) {
    case RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC:
      return core::GroupType::Classic;
    case RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER:
      return core::GroupType::Consumer;
    default:
      return core::GroupType::Unknown;
  }
}

std::string text(const char* value) { return value == nullptr ? std::string() : value; }

core::Member member_of(const rd_kafka_MemberDescription_t* member) {
  auto host = text(rd_kafka_MemberDescription_host(member));
  if (host.starts_with('/'))
    host.erase(0, 1);  // Java prints an address without a name as /10.0.0.1
  const auto* assignment = rd_kafka_MemberDescription_assignment(member);
  const auto* partitions =
      assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment);
  return {text(rd_kafka_MemberDescription_client_id(member)), std::move(host),
          partitions == nullptr ? 0 : partitions->cnt};
}

core::GroupSnapshot snapshot_of(const Description* group) {
  core::GroupSnapshot snapshot;
  snapshot.state = state_of(group);
  // A group that is not there is described as a classic one.
  if (snapshot.state != core::GroupState::Dead) snapshot.type = type_of(group);
  snapshot.assignor = text(rd_kafka_ConsumerGroupDescription_partition_assignor(group));
  const auto count = rd_kafka_ConsumerGroupDescription_member_count(group);
  for (std::size_t i = 0; i < count; ++i) {
    snapshot.members.push_back(member_of(rd_kafka_ConsumerGroupDescription_member(group, i)));
  }
  return snapshot;
}

bool may_be_deleted(const Description* group) {
  std::size_t count = 0;
  const auto* rights = rd_kafka_ConsumerGroupDescription_authorized_operations(group, &count);
  return includes({rights, count}, RD_KAFKA_ACL_OPERATION_DELETE);
}

core::Result<core::GroupSnapshot> described(const Description* group, const Task& task) {
  const auto code = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(group));
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
    core::GroupSnapshot unknown;
    unknown.state = core::GroupState::Dead;
    return unknown;
  }
  // So 2.14 says that the members speak another protocol, as Kafka Connect's workers do.
  if (code == RD_KAFKA_RESP_ERR__INVALID_ARG) {
    return core::fail(core::Reason::GroupTypeUnsupported,
                      fmt::format("{}: it is not a group of consumers", in_words(task)));
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  if (!may_be_deleted(group)) {
    return tl::unexpected(error_of({Operation::Delete, task.group, {}},
                                   RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED));
  }
  auto snapshot = snapshot_of(group);
  if (snapshot.assignor == kStreamsAssignor) {
    return core::fail(core::Reason::GroupTypeUnsupported,
                      fmt::format("{}: it belongs to a Kafka Streams application; use "
                                  "kafka-streams-application-reset.sh",
                                  in_words(task)));
  }
  return snapshot;
}

}  // namespace

Request describe_group(const std::string& group, bool with_rights) {
  auto send = [group](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options,
                      rd_kafka_queue_t* queue) {
    const char* name = group.c_str();
    rd_kafka_DescribeConsumerGroups(handle, &name, 1, options, queue);
  };
  Request request{
      {Operation::Describe, group, {}}, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, std::move(send)};
  request.with_rights = with_rights;
  return request;
}

core::Result<core::GroupSnapshot> group_in(const Event& answer, const Task& task) {
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConsumerGroups_result(answer.get());
  const auto* groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (task.group == rd_kafka_ConsumerGroupDescription_group_id(groups[i])) {
      return described(groups[i], task);
    }
  }
  return tl::unexpected(answer_lacks(task, "the group"));
}

}  // namespace kafka
