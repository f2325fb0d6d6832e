#include "support/world.h"

#include <algorithm>
#include <numeric>

#include "core/status_codec.h"

namespace tests {
namespace {

std::optional<core::Error> fault(const std::function<std::optional<core::Error>()>& ask) {
  return ask ? ask() : std::nullopt;
}

}  // namespace

World::Partition& World::partition(const std::string& topic, std::int32_t partition) {
  return topics_.at(topic).at(static_cast<std::size_t>(partition));
}

// The topics of a request with their partitions, in order.
std::vector<core::TopicRead> World::wanted(const core::ReadRequest& request) const {
  if (!request.all_committed) return request.topics;
  std::set<core::TopicPartition> committed;
  for (const auto& [at, offset] : commits_of_group()) committed.insert(at);
  if (const auto& source = request.all_committed->source_group) {
    const auto group = other_groups.find(*source);
    if (group != other_groups.end()) {
      for (const auto& [at, offset] : group->second) committed.insert(at);
    }
  }
  std::vector<core::TopicRead> topics;
  for (const auto& [topic, partition] : committed) {
    if (topics.empty() || topics.back().topic != topic) {
      topics.push_back({topic, {}, *request.all_committed});
    }
    topics.back().partitions.push_back(partition);
  }
  return topics;
}

core::PartitionSnapshot World::look(const core::TopicPartition& at,
                                    const core::PartitionRead& also) {
  const Partition& here = partition(at.topic, at.partition);
  core::PartitionSnapshot seen{
      at.topic, at.partition, here.committed, here.log_start, here.log_end, {}, {}};
  if (also.timestamp) {
    const auto first =
        std::lower_bound(here.timestamps.begin(), here.timestamps.end(), *also.timestamp);
    if (first != here.timestamps.end()) {
      seen.at_timestamp =
          core::RecordAt{here.log_start + (first - here.timestamps.begin()), *first};
    }
  }
  if (also.source_group) {
    const auto& source = other_groups[*also.source_group];
    if (const auto found = source.find(at); found != source.end()) seen.source = found->second;
  }
  return seen;
}

core::GroupSnapshot World::group() const {
  core::GroupSnapshot group;
  group.state = members_.empty() ? core::GroupState::Empty : core::GroupState::Stable;
  group.type = core::GroupType::Classic;
  group.members = members_;
  return group;
}

core::GroupSnapshots World::describe(const core::Connection& /*connection*/,
                                     const std::vector<std::string>& groups) {
  const auto error = fault(fail_read);
  core::GroupSnapshots found;
  for (const auto& name : groups) {
    if (error) {
      found.emplace(name, tl::unexpected<core::Error>(*error));
    } else {
      found.emplace(name, group());
    }
  }
  return found;
}

core::Result<core::Snapshot> World::read(const core::ReadRequest& request) {
  ++reads_;
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  core::Snapshot snapshot;
  snapshot.cluster_id = "in-memory";
  snapshot.group = group();
  if (!members_.empty() && !request.even_if_active) return snapshot;
  for (core::TopicRead& topic : wanted(request)) {
    const auto found = topics_.find(topic.topic);
    if (found == topics_.end()) {
      return core::fail(core::Reason::TopicNotFound, "there is no topic " + topic.topic);
    }
    const auto count = static_cast<std::int32_t>(found->second.size());
    snapshot.partition_counts[topic.topic] = count;
    if (topic.partitions.empty()) {
      topic.partitions.resize(found->second.size());
      std::iota(topic.partitions.begin(), topic.partitions.end(), 0);
    }
    for (const auto id : topic.partitions) {
      if (id < count) snapshot.partitions.push_back(look({topic.topic, id}, topic.also));
    }
  }
  return snapshot;
}

bool World::apply(const core::OffsetCommit& offset, const std::string& metadata) {
  auto& committed = partition(offset.topic, offset.partition).committed;
  const bool is_effective = !committed || committed->offset != offset.offset;
  committed = core::Commit{offset.offset, -1, metadata};
  return is_effective;
}

bool World::apply(const core::TopicPartition& deletion) {
  auto& committed = partition(deletion.topic, deletion.partition).committed;
  const bool is_effective = committed.has_value();
  if (is_effective) tombstones_.insert(deletion);
  committed.reset();
  return is_effective;
}

core::Result<void> World::commit(const core::CommitRequest& request) {
  ++commits_;
  if (auto error = fault(fail_commit)) return tl::unexpected<core::Error>(*error);
  if (!members_.empty()) return core::fail(core::Reason::GroupActive, "UNKNOWN_MEMBER_ID");
  bool is_effective = false;
  bool is_refused = false;
  for (const auto& offset : request.offsets) {
    // As a broker whose metadata may lag behind (kafka/errors.cpp).
    if (!topics_.contains(offset.topic)) {
      return core::fail(core::Reason::KafkaUnavailable, "unknown topic " + offset.topic);
    }
    if (offset.topic == forbidden_topic) {
      is_refused = true;
    } else {
      is_effective = apply(offset, request.metadata) || is_effective;
      stamps_.insert(request.metadata);
    }
  }
  for (const auto& deletion : request.deletions) {
    if (deletion.topic == forbidden_topic) {
      is_refused = true;
    } else {
      is_effective = apply(deletion) || is_effective;
    }
  }
  if (is_effective) ++effective_commits_;
  if (auto error = fault(lose_commit_reply)) return tl::unexpected<core::Error>(*error);
  if (is_refused) return core::fail(core::Reason::NotAuthorized, "no right to " + forbidden_topic);
  return {};
}

core::Result<bool> World::was_committed(const core::HistoryRequest& request) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  return stamps_.contains(request.metadata) ||
         std::any_of(request.deletions.begin(), request.deletions.end(),
                     [&](const auto& deletion) { return tombstones_.contains(deletion); });
}

core::Result<core::ClusterDescription> World::describe_cluster(
    const core::Connection& /*connection*/) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  return core::ClusterDescription{"in-memory", 1};
}

core::Result<core::OffsetReset> World::write_status(const core::OffsetReset& wanted) {
  if (auto error = fault(fail_write)) return tl::unexpected<core::Error>(*error);
  if (wanted.uid != resource_.uid || wanted.resource_version != resource_.resource_version) {
    return core::fail(core::Reason::Conflict, "the object has been modified");
  }
  // Through JSON, as on the wire.
  resource_.status = core::decode_status(core::encode_status(wanted.status)).value();
  if (prune) prune(resource_);
  bump_version();
  ++status_writes_;
  if (auto error = fault(lose_write_reply)) return tl::unexpected<core::Error>(*error);
  return resource_;
}

core::Result<core::OffsetReset> World::read_reset(const core::ObjectKey& key) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  const auto found = other_resets.find(key);
  if (found != other_resets.end()) return found->second;
  return core::fail(core::Reason::InvalidSpec, "there is no OffsetReset " + key.to_string());
}

core::Result<std::string> World::read_config_map(const core::ObjectKey& config_map,
                                                 const std::string& key) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  const auto found = config_maps.find({config_map, key});
  if (found != config_maps.end()) return found->second;
  return core::fail(core::Reason::ConfigMapNotFound,
                    "there is no ConfigMap " + config_map.to_string() + " with key " + key);
}

core::Result<core::Texts> World::read_texts(const core::Holder& holder) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  const auto found = texts.find(holder);
  if (found != texts.end()) return found->second;
  return core::fail(core::Reason::SecretNotFound, "there is no " + holder.to_string());
}

core::Result<core::KafkaConnection> World::read_connection(const core::ConnectionId& id) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  const auto found = connections.find(id);
  if (found != connections.end()) return found->second;
  return core::fail(core::Reason::ConnectionNotFound, "there is no " + id.to_string());
}

core::Result<core::Labels> World::read_namespace_labels(const std::string& name) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  return namespace_labels[name];
}

core::Result<core::KafkaConnection> World::write_connection_status(
    const core::KafkaConnection& connection) {
  if (auto error = fault(fail_write)) return tl::unexpected<core::Error>(*error);
  connections.at(connection.id) = connection;
  return connection;
}

core::Result<void> World::delete_reset(const core::ObjectKey& key, const std::string& uid) {
  if (auto error = fault(fail_write)) return tl::unexpected<core::Error>(*error);
  if (key == resource_.key && uid == resource_.uid) is_deleted_ = true;
  return {};
}

void World::consume_to(const std::string& topic, std::int32_t id, std::int64_t offset) {
  partition(topic, id).committed = core::Commit{offset, 0, ""};
}

void World::add_partition(const std::string& topic, Partition partition) {
  topics_.at(topic).push_back(std::move(partition));
}

void World::edit_spec(const std::function<void(core::Spec&)>& edit) {
  edit(resource_.spec.value());
  ++resource_.generation;
  bump_version();
}

std::optional<std::int64_t> World::committed(const std::string& topic, std::int32_t id) const {
  const auto& commit = topics_.at(topic).at(static_cast<std::size_t>(id)).committed;
  return commit ? std::optional(commit->offset) : std::nullopt;
}

World::Commits World::commits_of_group() const {
  Commits commits;
  for (const auto& [topic, partitions] : topics_) {
    for (std::size_t id = 0; id < partitions.size(); ++id) {
      if (!partitions[id].committed) continue;
      commits.emplace(core::TopicPartition{topic, static_cast<std::int32_t>(id)},
                      partitions[id].committed->offset);
    }
  }
  return commits;
}

void World::bump_version() { resource_.resource_version = std::to_string(++version_); }

}  // namespace tests
