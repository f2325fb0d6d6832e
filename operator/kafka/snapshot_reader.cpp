#include "kafka/snapshot_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/committed_offsets.h"
#include "kafka/errors.h"
#include "kafka/group_description.h"
#include "kafka/log_offsets.h"
#include "kafka/topic_description.h"

namespace kafka {
namespace {

using core::Result;

// The library's work is quadratic in the partitions of a request (2.14): 10,000 partitions take 3.5
// s in one, 0.2 s in batches of this size that are under way together.
constexpr std::size_t kBatch = 500;
// For how long a broker may not have heard of a new topic.
constexpr std::chrono::milliseconds kMetadataLag{250};

using Partitions = std::vector<std::int32_t>;

// What the answers say, by partition.
struct Offsets {
  std::map<std::int32_t, std::optional<core::Commit>> committed;
  std::map<std::int32_t, std::optional<core::RecordAt>> log_start, log_end, at_timestamp;
};

class Reader {
 public:
  Reader(Client& client, RequestMetrics& metrics, const core::ReadRequest& request,
         Deadline deadline)
      : client_(client), metrics_(metrics), request_(request), deadline_(deadline) {}

  Result<core::Snapshot> read();

 private:
  template <typename Decode>
  auto ask(const Request& request, Decode decode) -> decltype(decode(Event(), request.task));

  Result<core::GroupSnapshot> group();
  Result<void> refuse_streams();
  Result<std::int32_t> partition_count();
  Partitions wanted(std::int32_t count) const;
  std::vector<Request> requests_for(const Partitions& partitions) const;
  Result<Offsets> offsets(const Partitions& partitions);

  Client& client_;
  RequestMetrics& metrics_;
  const core::ReadRequest& request_;
  Deadline deadline_;
};

template <typename Decode>
auto Reader::ask(const Request& request, Decode decode) -> decltype(decode(Event(), request.task)) {
  const auto answers = call(client_, metrics_, {request}, deadline_);
  if (!answers) return tl::unexpected(answers.error());
  return decode(answers->front(), request.task);
}

Result<core::GroupSnapshot> Reader::group() {
  auto group = ask(describe_group(request_.group), group_in);
  if (!group || group->state != core::GroupState::Dead) return group;
  return refuse_streams().map([&] { return *std::move(group); });
}

// A group of Kafka Streams' own protocol (KIP-1071) is described as Dead, but has commits; while it
// is empty, a commit would be accepted and really move the application (Kafka 4.3).
Result<void> Reader::refuse_streams() {
  const auto has_commits = ask(list_all_committed(request_.group), has_commits_in);
  if (!has_commits) return tl::unexpected(has_commits.error());
  if (!*has_commits) return {};
  return core::fail(core::Reason::GroupTypeUnsupported,
                    fmt::format("describe group {}: it belongs to a Kafka Streams application; use "
                                "kafka-streams-groups.sh",
                                request_.group));
}

Result<std::int32_t> Reader::partition_count() {
  const auto request = describe_topic(request_.topic);
  auto count = ask(request, partition_count_in);
  if (count || count.error().reason != core::Reason::TopicNotFound) return count;
  std::this_thread::sleep_for(kMetadataLag);
  return ask(request, partition_count_in);
}

Partitions Reader::wanted(std::int32_t count) const {
  if (request_.partition != core::kAllPartitions) {
    return request_.partition < count ? Partitions{request_.partition} : Partitions{};
  }
  Partitions all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<Request> Reader::requests_for(const Partitions& partitions) const {
  std::vector<Request> requests;
  for (std::size_t start = 0; start < partitions.size(); start += kBatch) {
    const auto batch =
        std::span(partitions).subspan(start, std::min(kBatch, partitions.size() - start));
    requests.push_back(list_committed(request_.group, request_.topic, batch));
    requests.push_back(list_offsets(Operation::LogStart, request_.topic, batch));
    requests.push_back(list_offsets(Operation::LogEnd, request_.topic, batch));
    if (request_.timestamp) {
      requests.push_back(
          list_offsets(Operation::Timestamp, request_.topic, batch, *request_.timestamp));
    }
  }
  return requests;
}

template <typename Map>
Result<void> add_to(Map& all, Result<Map> some) {
  if (!some) return tl::unexpected(std::move(some).error());
  all.merge(*some);
  return {};
}

Result<void> take(Offsets& offsets, const Event& answer, const Task& task) {
  switch (task.operation) {
    case Operation::Committed:
      return add_to(offsets.committed, committed_in(answer, task));
    case Operation::LogStart:
      return add_to(offsets.log_start, offsets_in(answer, task));
    case Operation::LogEnd:
      return add_to(offsets.log_end, offsets_in(answer, task));
    case Operation::Timestamp:
      return add_to(offsets.at_timestamp, offsets_in(answer, task));
    case Operation::Describe:
    case Operation::Metadata:
    case Operation::Commit:
    case Operation::History:
      break;
  }
  return {};
}

Result<Offsets> Reader::offsets(const Partitions& partitions) {
  const auto requests = requests_for(partitions);
  const auto answers = call(client_, metrics_, requests, deadline_);
  if (!answers) return tl::unexpected(answers.error());
  Offsets offsets;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (auto taken = take(offsets, (*answers)[i], requests[i].task); !taken) {
      return tl::unexpected(std::move(taken).error());
    }
  }
  return offsets;
}

// Rows are looked up by partition: answers come in any order. A group that Kafka does not know
// (GROUP_ID_NOT_FOUND) has no rows of commits; the log's ends must be there.
Result<core::PartitionSnapshot> row_of(std::int32_t partition, const core::ReadRequest& request,
                                       const Offsets& offsets) {
  const auto start = offsets.log_start.find(partition);
  const auto end = offsets.log_end.find(partition);
  const auto found = offsets.at_timestamp.find(partition);
  const auto lacks = [&](Operation operation) {
    return tl::unexpected(answer_lacks({operation, request.group, request.topic},
                                       fmt::format("partition {}", partition)));
  };
  if (start == offsets.log_start.end()) return lacks(Operation::LogStart);
  if (end == offsets.log_end.end()) return lacks(Operation::LogEnd);
  if (request.timestamp && found == offsets.at_timestamp.end()) return lacks(Operation::Timestamp);

  core::PartitionSnapshot row;
  row.partition = partition;
  const auto committed = offsets.committed.find(partition);
  if (committed != offsets.committed.end()) row.committed = committed->second;
  row.log_start = start->second->offset;
  row.log_end = end->second->offset;
  if (request.timestamp) row.at_timestamp = found->second;
  return row;
}

Result<core::Snapshot> Reader::read() {
  auto group = this->group();
  if (!group) return tl::unexpected(std::move(group).error());
  core::Snapshot snapshot;
  snapshot.group = *std::move(group);
  if (snapshot.group.is_active() && !request_.even_if_active) return snapshot;

  const auto count = partition_count();
  if (!count) return tl::unexpected(count.error());
  snapshot.partition_count = *count;
  const auto partitions = wanted(*count);
  const auto offsets = this->offsets(partitions);
  if (!offsets) return tl::unexpected(offsets.error());
  for (const auto partition : partitions) {
    auto row = row_of(partition, request_, *offsets);
    if (!row) return tl::unexpected(std::move(row).error());
    snapshot.partitions.push_back(*std::move(row));
  }
  return snapshot;
}

}  // namespace

core::Result<core::Snapshot> read_snapshot(Client& client, RequestMetrics& metrics,
                                           const core::ReadRequest& request, Deadline deadline) {
  return Reader(client, metrics, request, deadline).read();
}

}  // namespace kafka
