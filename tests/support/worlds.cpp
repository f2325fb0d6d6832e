#include "support/worlds.h"

#include <algorithm>

namespace tests {

void Worlds::add(const core::OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  groups_.emplace(Group{resource.spec->bootstrap_servers, resource.spec->group}, resource.key);
  worlds_.emplace(resource.key, World(resource, {{0, 100, core::Commit{90, 0, ""}, {}}}));
}

World& Worlds::of_group(const std::string& bootstrap_servers, const std::string& group) {
  return worlds_.at(groups_.at({bootstrap_servers, group}));
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
  auto snapshot = of_group(request.bootstrap_servers, request.group).read(request);
  if (snapshot) snapshot->cluster_id = "id of " + request.bootstrap_servers;
  return snapshot;
}

core::Result<void> Worlds::commit(const core::CommitRequest& request) {
  const std::lock_guard lock(mutex_);
  return of_group(request.bootstrap_servers, request.group).commit(request);
}

core::Result<bool> Worlds::was_committed(const core::HistoryRequest& request) {
  const std::lock_guard lock(mutex_);
  return of_group(request.bootstrap_servers, request.group).was_committed(request);
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

core::Result<void> Worlds::delete_reset(const core::ObjectKey& key, const std::string& uid) {
  const std::lock_guard lock(mutex_);
  return worlds_.at(key).delete_reset(key, uid);
}

void Worlds::record_event(const core::Event& event) {
  const std::lock_guard lock(mutex_);
  worlds_.at(event.key).record_event(event);
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

std::vector<std::string> Worlds::groups_read() const {
  const std::lock_guard lock(mutex_);
  return groups_read_;
}

}  // namespace tests
