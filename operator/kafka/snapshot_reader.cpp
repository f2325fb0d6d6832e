#include "kafka/snapshot_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "kafka/committed_offsets.h"
#include "kafka/coordinator_terms.h"
#include "kafka/group_description.h"
#include "kafka/partition_reader.h"
#include "kafka/topic_description.h"
#include "kafka/wanted.h"

namespace kafka {
namespace {

using core::Result;

class Reader {
 public:
  Reader(const Channel& channel, const core::ReadRequest& request)
      : channel_(channel), request_(request) {}

  Result<core::Snapshot> read();

 private:
  Result<core::GroupSnapshot> group();
  Result<core::GroupSnapshot> refuse_streams(core::GroupSnapshot dead);
  Result<std::vector<core::TopicRead>> committed_topics(const core::PartitionRead& also);
  Result<std::map<std::string, std::int32_t>> partition_counts(
      const std::vector<core::TopicRead>& topics);
  std::set<std::string> groups() const;
  Result<void> read_offsets(core::Snapshot& snapshot);

  const Channel& channel_;
  const core::ReadRequest& request_;
};

Result<core::GroupSnapshot> Reader::group() {
  // As for topics: of a plan that commits and deletes, the commits come first.
  const bool is_to_be_deleted = request_.deletes && !request_.even_if_active;
  auto group = ask(channel_, describe_group(request_.group, is_to_be_deleted), group_in);
  if (!group || group->state != core::GroupState::Dead) return group;
  return refuse_streams(*std::move(group));
}

bool has_commits(const Commits& commits) {
  return std::any_of(commits.begin(), commits.end(),
                     [](const auto& commit) { return commit.second.has_value(); });
}

// A group of Kafka Streams' own protocol (KIP-1071) is described as Dead, but has commits; while it
// is empty, a commit would be accepted and really move the application (Kafka 4.3). It is looked at
// again, as a group that was not there may have come between the two answers.
Result<core::GroupSnapshot> Reader::refuse_streams(core::GroupSnapshot dead) {
  const auto commits =
      ask(channel_, list_all_committed(Operation::Committed, request_.group), commits_in);
  if (!commits) return tl::unexpected(commits.error());
  if (!has_commits(*commits)) return dead;
  auto again = ask(channel_, describe_group(request_.group), group_in);
  if (!again || again->state != core::GroupState::Dead) return again;
  return core::fail(core::Reason::GroupTypeUnsupported,
                    fmt::format("describe group {}: it belongs to a Kafka Streams application; use "
                                "kafka-streams-groups.sh",
                                request_.group));
}

// Every partition that the group, or the one that is copied, has a commit for.
Result<std::vector<core::TopicRead>> Reader::committed_topics(const core::PartitionRead& also) {
  std::vector requests{list_all_committed(Operation::Committed, request_.group)};
  if (also.source_group) {
    requests.push_back(list_all_committed(Operation::Source, *also.source_group));
  }
  const auto answers = call(channel_, requests);
  if (!answers) return tl::unexpected(answers.error());
  std::set<core::TopicPartition> partitions;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto commits = commits_in((*answers)[i], requests[i].task);
    if (!commits) return tl::unexpected(commits.error());
    for (const auto& [at, commit] : *commits) {
      if (commit) partitions.insert(at);
    }
  }
  return topics_to_read(partitions, also);
}

// Whoever wants nothing of an active group is about to commit: better to know now that a right is
// missing than after other topics were committed.
Result<std::map<std::string, std::int32_t>> Reader::partition_counts(
    const std::vector<core::TopicRead>& topics) {
  const bool is_before_commit = !request_.even_if_active;
  auto descriptions = describe_topics(channel_, topics_of(topics), is_before_commit);
  if (!descriptions) return tl::unexpected(std::move(descriptions).error());
  if (request_.all_committed) {
    std::erase_if(*descriptions, [](const auto& topic) {
      return !topic.second && topic.second.error().reason == core::Reason::TopicNotFound;
    });
  }
  Result<void> good;
  if (is_before_commit) good = check_rights(*descriptions, request_.group);
  if (good) good = check_topics(*descriptions);
  if (!good) return tl::unexpected(std::move(good).error());
  std::map<std::string, std::int32_t> counts;
  for (const auto& [name, topic] : *descriptions) counts.emplace(name, topic->partitions);
  return counts;
}

// All whose commits are read.
std::set<std::string> Reader::groups() const {
  std::set<std::string> groups{request_.group};
  const auto add = [&](const core::PartitionRead& read) {
    if (read.source_group) groups.insert(*read.source_group);
  };
  if (request_.all_committed) add(*request_.all_committed);
  for (const auto& topic : request_.topics) add(topic.also);
  return groups;
}

Result<void> Reader::read_offsets(core::Snapshot& snapshot) {
  const auto topics = request_.all_committed
                          ? committed_topics(*request_.all_committed)
                          : Result<std::vector<core::TopicRead>>(request_.topics);
  if (!topics) return tl::unexpected(topics.error());
  auto counts = partition_counts(*topics);
  if (!counts) return tl::unexpected(std::move(counts).error());
  auto partitions = read_partitions(channel_, request_, Wanted::of(*topics, *counts));
  if (!partitions) return tl::unexpected(std::move(partitions).error());
  snapshot.partition_counts = *std::move(counts);
  snapshot.partitions = *std::move(partitions);
  return {};
}

Result<core::Snapshot> Reader::read() {
  core::Snapshot snapshot;
  auto group = this->group();
  if (!group) return tl::unexpected(std::move(group).error());
  snapshot.group = *std::move(group);
  if (snapshot.group.is_active() && !request_.even_if_active) return snapshot;

  // A coordinator's word counts when it was none's successor meanwhile, and knows all.
  const auto before = coordinator_terms(channel_, groups());
  if (!before) return tl::unexpected(before.error());
  if (auto done = read_offsets(snapshot); !done) return tl::unexpected(std::move(done).error());
  const auto after = coordinator_terms(channel_, groups());
  if (!after) return tl::unexpected(after.error());
  if (*before == *after) return snapshot;
  return core::fail(core::Reason::KafkaUnavailable,
                    fmt::format("read committed offsets of group {}: its coordinator changed "
                                "meanwhile",
                                request_.group));
}

}  // namespace

Result<core::Snapshot> read_snapshot(const Channel& channel, const core::ReadRequest& request) {
  auto snapshot = Reader(channel, request).read();
  if (snapshot) snapshot->cluster_id = channel.client.cluster_id();
  return snapshot;
}

}  // namespace kafka
