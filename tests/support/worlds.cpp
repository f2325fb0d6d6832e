#include "support/worlds.h"

#include <algorithm>

namespace tests {

void Worlds::add(const core::OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  groups_.emplace(Group{resource.spec->bootstrap_servers, resource.spec->group}, resource.key);
  worlds_.emplace(resource.key, World(resource, {{0, 100, core::Commit{90, 0, ""}, {}}}));
}

World& Worlds::of_group(const core::Connection& connection, const std::string& group) {
  return worlds_.at(groups_.at({connection.bootstrap_servers, group}));
}

core::GroupSnapshots Worlds::describe(const core::Connection& connection,
                                      const std::vector<std::string>& groups) {
  core::GroupSnapshots found;
  {
    const std::lock_guard lock(mutex_);
    ++looks_;
    last_looked_at_ = groups;
    for (const auto& group : groups) {
      found.merge(of_group(connection, group).describe(connection, {group}));
    }
  }
  if (after_look) after_look();
  return found;
}

core::Result<core::Snapshot> Worlds::read(const core::ReadRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (std::count(groups_read_.begin(), groups_read_.end(), request.group) == 0) {
      groups_read_.push_back(request.group);
    }
  }
  if (before_read) before_read(request);
  const std::lock_guard lock(mutex_);
  auto snapshot = of_group(request.connection, request.group).read(request);
  if (snapshot) snapshot->cluster_id = "id of " + request.connection.bootstrap_servers;
  return snapshot;
}

core::Result<void> Worlds::commit(const core::CommitRequest& request) {
  const std::lock_guard lock(mutex_);
  return of_group(request.connection, request.group).commit(request);
}

core::Result<bool> Worlds::was_committed(const core::HistoryRequest& request) {
  const std::lock_guard lock(mutex_);
  return of_group(request.connection, request.group).was_committed(request);
}

core::Result<core::ClusterDescription> Worlds::describe_cluster(
    const core::Connection& connection) {
  return core::ClusterDescription{"id of " + connection.bootstrap_servers, 1};
}

core::Result<core::OffsetReset> Worlds::write_status(const core::OffsetReset& wanted) {
  const std::lock_guard lock(mutex_);
  return worlds_.at(wanted.key).write_status(wanted);
}

core::Result<core::OffsetReset> Worlds::read_reset(const core::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  return worlds_.at(key).read_reset(key);
}

core::Result<std::string> Worlds::read_config_map(const core::ObjectKey& config_map,
                                                  const std::string& key) {
  return core::fail(core::Reason::ConfigMapNotFound,
                    "there is no ConfigMap " + config_map.name + " with a key " + key);
}

core::Result<core::Texts> Worlds::read_texts(const core::Holder& holder) {
  const std::lock_guard lock(mutex_);
  const auto found = texts.find(holder);
  if (found != texts.end()) return found->second;
  return core::fail(core::Reason::SecretNotFound, "there is no " + holder.to_string());
}

core::Result<core::KafkaConnection> Worlds::read_connection(const core::ConnectionId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = connections.find(id);
  if (found != connections.end()) return found->second;
  return core::fail(core::Reason::ConnectionNotFound, "there is no " + id.to_string());
}

core::Result<core::Labels> Worlds::read_namespace_labels(const std::string& /*name*/) {
  return core::Labels{};
}

core::Result<core::KafkaConnection> Worlds::write_connection_status(
    const core::KafkaConnection& connection) {
  const std::lock_guard lock(mutex_);
  connections.at(connection.id) = connection;
  return connection;
}

core::Result<void> Worlds::delete_reset(const core::ObjectKey& key, const std::string& uid) {
  const std::lock_guard lock(mutex_);
  return worlds_.at(key).delete_reset(key, uid);
}

void Worlds::record_event(const core::Event& event) {
  const std::lock_guard lock(mutex_);
  worlds_.at(event.key).record_event(event);
}

int Worlds::looks() const {
  const std::lock_guard lock(mutex_);
  return looks_;
}

std::vector<std::string> Worlds::last_looked_at() const {
  const std::lock_guard lock(mutex_);
  return last_looked_at_;
}

void Worlds::leave(const std::string& name) {
  const std::lock_guard lock(mutex_);
  worlds_.at({"payments", name}).leave();
}

void Worlds::lose_kafka(const std::string& name) {
  const std::lock_guard lock(mutex_);
  worlds_.at({"payments", name}).fail_read = [] {
    return core::Error{core::Reason::KafkaUnavailable, "connection refused"};
  };
}

int Worlds::reads(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return worlds_.at({"payments", name}).reads();
}

void Worlds::join(const std::string& name, const std::string& client_id) {
  const std::lock_guard lock(mutex_);
  worlds_.at({"payments", name}).join(client_id);
}

core::OffsetReset Worlds::resource(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return worlds_.at({"payments", name}).resource();
}

int Worlds::effective_commits(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return worlds_.at({"payments", name}).effective_commits();
}

std::vector<std::string> Worlds::events(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> reasons;
  for (const auto& event : worlds_.at({"payments", name}).events) reasons.push_back(event.reason);
  return reasons;
}

std::vector<std::string> Worlds::groups_read() const {
  const std::lock_guard lock(mutex_);
  return groups_read_;
}

}  // namespace tests
