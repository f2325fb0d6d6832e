#include "controller/store.h"

#include <algorithm>

#include "core/conditions.h"
#include "core/connecting.h"
#include "core/resource_version.h"

namespace controller {

using core::ObjectKey;
using core::OffsetReset;

std::string Store::cluster_of(const OffsetReset& resource) const {
  auto name = cluster_name(resource);
  const auto known = clusters_.find(name);
  return known != clusters_.end() ? known->second : name;
}

Store::GroupKey Store::group_key(const OffsetReset& resource) const {
  if (!resource.spec) return "\n" + resource.uid;  // it can't run: it stands in nobody's way
  return cluster_of(resource) + "\n" + resource.spec->group;
}

Store::Place Store::place(const OffsetReset& resource) {
  return {!has_saved_plan(resource.status), resource.created, resource.key};
}

void Store::insert(const OffsetReset& resource) {
  Entry entry{resource, std::nullopt, std::nullopt};
  const auto known = entries_.find(resource.key);
  if (known != entries_.end() && known->second.resource.uid == resource.uid) {
    entry.last_write = known->second.last_write;
    entry.settling = known->second.settling;
  }
  remove(resource.key);
  groups_[group_key(resource)].insert(place(resource));
  entries_.insert_or_assign(resource.key, std::move(entry));
}

void Store::remove(const ObjectKey& key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  const auto group = groups_.find(group_key(entry->second.resource));
  group->second.erase(place(entry->second.resource));
  if (group->second.empty()) groups_.erase(group);
  entries_.erase(entry);
}

bool Store::is_outdated(const OffsetReset& resource) const {
  if (const auto closed = closed_.find(resource.key);
      closed != closed_.end() && closed->second.uid == resource.uid) {
    return !core::is_older_version(closed->second.resource_version, resource.resource_version);
  }
  const auto known = entries_.find(resource.key);
  return known != entries_.end() && known->second.resource.uid == resource.uid &&
         !known->second.resource.resource_version.empty() &&
         !core::is_older_version(known->second.resource.resource_version,
                                 resource.resource_version);
}

bool Store::put(const OffsetReset& resource) {
  if (is_outdated(resource)) return false;
  closed_.erase(resource.key);
  if (resource.status.closed) {
    remove(resource.key);
    return false;
  }
  insert(resource);
  return true;
}

std::optional<ObjectKey> Store::first_of(const GroupKey& group, core::TimePoint now) const {
  const auto places = groups_.find(group);
  if (places == groups_.end()) return std::nullopt;
  for (const auto& [no_plan, created, key] : places->second) {
    if (wants_turn(entries_.at(key).resource, now)) return key;
  }
  return std::nullopt;
}

std::optional<ObjectKey> Store::forget(const core::Deleted& gone) {
  if (const auto closed = closed_.find(gone.key);
      closed != closed_.end() && closed->second.uid == gone.uid) {
    closed_.erase(closed);
  }
  const auto entry = entries_.find(gone.key);
  if (entry == entries_.end() || entry->second.resource.uid != gone.uid) return std::nullopt;
  const auto group = group_key(entry->second.resource);
  remove(gone.key);
  return first_of(group, now_());
}

// An empty version is never the newer one.
void Store::forget_versions(const std::function<bool(const ObjectKey&)>& is_in_scope) {
  for (auto& [key, entry] : entries_) {
    if (is_in_scope(key)) entry.resource.resource_version.clear();
  }
  std::erase_if(closed_, [&](const auto& closed) { return is_in_scope(closed.first); });
}

std::vector<ObjectKey> Store::relist(core::Relisted list) {
  const auto is_in_scope = [&](const ObjectKey& key) {
    return list.namespace_name.empty() || key.namespace_name == list.namespace_name;
  };
  if (list.is_other_history) forget_versions(is_in_scope);
  std::map<ObjectKey, std::string> listed;
  for (const OffsetReset& resource : list.resources) listed.emplace(resource.key, resource.uid);
  std::vector<core::Deleted> gone;
  for (const auto& [key, entry] : entries_) {
    const auto found = listed.find(key);
    if (is_in_scope(key) && (found == listed.end() || found->second != entry.resource.uid)) {
      gone.push_back({key, entry.resource.uid});
    }
  }
  for (const auto& [key, closed] : closed_) {
    if (is_in_scope(key) && !listed.contains(key)) gone.push_back({key, closed.uid});
  }
  std::vector<ObjectKey> keys;
  for (const auto& deleted : gone) {
    if (auto next_in_line = forget(deleted)) keys.push_back(std::move(*next_in_line));
  }
  for (const OffsetReset& resource : list.resources) {
    if (put(resource)) keys.push_back(resource.key);
  }
  return keys;
}

// A change can also make way: of a resource that came first and is suspended now, it is the next
// one's turn.
std::vector<ObjectKey> Store::applied(const OffsetReset& resource) {
  const auto now = now_();
  const auto group = group_key(resource);
  const bool was_first = first_of(group, now) == resource.key;
  std::vector<ObjectKey> keys;
  const bool is_known = is_outdated(resource);
  if (put(resource)) keys.push_back(resource.key);
  if (!was_first || is_known) return keys;
  const auto first = first_of(group, now);
  if (first && *first != resource.key) keys.push_back(*first);
  return keys;
}

std::vector<ObjectKey> Store::apply(core::Change change) {
  const std::lock_guard lock(mutex_);
  if (auto* list = std::get_if<core::Relisted>(&change)) return relist(std::move(*list));
  if (const auto* gone = std::get_if<core::Deleted>(&change)) {
    const auto next_in_line = forget(*gone);
    return next_in_line ? std::vector{*next_in_line} : std::vector<ObjectKey>{};
  }
  return applied(std::get<core::Applied>(change).resource);
}

void Store::wrote(const OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(resource.key);
  // Another one may have got the name meanwhile.
  if (known == entries_.end() || known->second.resource.uid != resource.uid) return;
  known->second.last_write = now_();  // also where the watch has told of it before us
  if (is_outdated(resource)) return;
  if (resource.status.closed) {
    closed_.insert_or_assign(resource.key, Closed{resource.uid, resource.resource_version});
    remove(resource.key);
    return;
  }
  insert(resource);
}

void Store::settling(const ObjectKey& key, std::optional<core::Settling> settling) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  if (entry != entries_.end()) entry->second.settling = std::move(settling);
}

void Store::learn_cluster(const std::string& cluster_name, const std::string& cluster_id) {
  if (cluster_id.empty()) return;
  const std::lock_guard lock(mutex_);
  auto& known = clusters_[cluster_name];
  if (known == cluster_id) return;
  known = cluster_id;
  groups_.clear();
  for (const auto& [key, entry] : entries_) {
    groups_[group_key(entry.resource)].insert(place(entry.resource));
  }
}

std::optional<Store::Entry> Store::find(const ObjectKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? std::nullopt : std::optional(entry->second);
}

std::optional<ObjectKey> Store::begin_turn(const OffsetReset& resource, core::TimePoint now) {
  if (!wants_turn(resource, now)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto group = group_key(resource);
  for (const auto& [key, worked_on] : turns_) {
    if (group_key(worked_on) == group) return key;
  }
  auto first = first_of(group, now);
  if (first && *first != resource.key) return first;
  turns_.emplace(resource.key, resource);
  return std::nullopt;
}

std::optional<ObjectKey> Store::end_turn(const OffsetReset& resource) {
  const std::lock_guard lock(mutex_);
  if (turns_.erase(resource.key) == 0) return std::nullopt;
  const auto first = first_of(group_key(resource), now_());
  return first == resource.key ? std::nullopt : first;
}

std::string Store::cluster_of(const ObjectKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? std::string() : cluster_of(entry->second.resource);
}

std::vector<ObjectKey> Store::users_of(const core::ConnectionId& connection) const {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectKey> users;
  for (const auto& [key, entry] : entries_) {
    if (connection_of(entry.resource) == connection) users.push_back(key);
  }
  return users;
}

std::size_t Store::count_waiting() const {
  const std::lock_guard lock(mutex_);
  const auto waits = [](const auto& entry) {
    const auto reason = reason_of(entry.second.resource.status);
    return reason && kind_of(*reason) == core::Kind::Waiting;
  };
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), waits));
}

}  // namespace controller
