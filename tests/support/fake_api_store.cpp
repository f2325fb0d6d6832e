#include "support/fake_api_store.h"

#include <fmt/format.h>

namespace tests {
namespace {

using nlohmann::json;

constexpr const char* kCreated = "2026-11-22T08:00:00Z";

std::string text(const json& object, const char* field) {
  return object.at("metadata").value(field, std::string());
}

std::pair<std::string, std::string> key_of(const json& object) {
  return {text(object, "namespace"), text(object, "name")};
}

}  // namespace

json api_status(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason},
          {"code", code}};
}

json version_too_large() {
  json status = api_status(504, "Timeout", "Too large resource version");
  status["details"] = {{"causes", {{{"reason", "ResourceVersionTooLarge"}}}},
                       {"retryAfterSeconds", 1}};
  return status;
}

json FakeApiStore::not_found(const std::string& name) const {
  return api_status(404, "NotFound", fmt::format("{} \"{}\" not found", resource_, name));
}

FakeApiStore::Stored FakeApiStore::create(json object) {
  const std::lock_guard lock(mutex_);
  const Key key = key_of(object);
  if (objects_.contains(key)) {
    return tl::unexpected(api_status(
        409, "AlreadyExists", fmt::format("{} \"{}\" already exists", resource_, key.second)));
  }
  json& metadata = object["metadata"];
  metadata["uid"] = fmt::format("00000000-0000-4000-8000-{:012}", ++created_);
  metadata["generation"] = 1;
  metadata["creationTimestamp"] = kCreated;
  if (!object.contains("status")) object["status"] = {{"observedGeneration", -1}};
  return put(key, std::move(object));
}

FakeApiStore::Stored FakeApiStore::find(const std::string& namespace_name,
                                        const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find({namespace_name, name});
  if (it == objects_.end()) return tl::unexpected(not_found(name));
  return it->second;
}

FakeApiStore::Stored FakeApiStore::replace(const json& object) {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find(key_of(object));
  if (it == objects_.end()) return tl::unexpected(not_found(text(object, "name")));
  if (auto refused = conflict(it->second, object)) return tl::unexpected(*std::move(refused));
  json next = object;
  next["metadata"]["uid"] = it->second["metadata"]["uid"];
  next["metadata"]["creationTimestamp"] = it->second["metadata"]["creationTimestamp"];
  next["status"] = it->second["status"];
  const bool is_same_spec = next.value("spec", json()) == it->second.value("spec", json());
  next["metadata"]["generation"] =
      it->second["metadata"]["generation"].get<std::int64_t>() + (is_same_spec ? 0 : 1);
  return put(it->first, std::move(next));
}

FakeApiStore::Stored FakeApiStore::replace_status(const json& object) {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find(key_of(object));
  if (it == objects_.end()) return tl::unexpected(not_found(text(object, "name")));
  if (auto refused = conflict(it->second, object)) return tl::unexpected(*std::move(refused));
  json next = it->second;
  next["status"] = object.value("status", json::object());
  if (prune_) prune_(next["status"]);
  return put(it->first, std::move(next));
}

FakeApiStore::Stored FakeApiStore::remove(const std::string& namespace_name,
                                          const std::string& name, const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find({namespace_name, name});
  if (it == objects_.end()) return tl::unexpected(not_found(name));
  if (!uid.empty() && uid != text(it->second, "uid")) {
    return tl::unexpected(api_status(
        409, "Conflict",
        fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid,
                    text(it->second, "uid"))));
  }
  json object = std::move(it->second);
  objects_.erase(it);
  record({++version_, object, nullptr});
  return object;
}

FakeApiStore::Listed FakeApiStore::list(const std::string& namespace_name) const {
  const std::lock_guard lock(mutex_);
  Listed listed{version_, {}};
  for (const auto& [key, object] : objects_) {
    if (namespace_name.empty() || key.first == namespace_name) listed.objects.push_back(object);
  }
  return listed;
}

std::optional<std::vector<StoredChange>> FakeApiStore::changes_after(
    std::int64_t version, std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return version_ > version || version < forgotten_; });
  if (version < forgotten_) return std::nullopt;
  std::vector<StoredChange> changes;
  for (const StoredChange& change : history_) {
    if (change.version > version) changes.push_back(change);
  }
  return changes;
}

std::int64_t FakeApiStore::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void FakeApiStore::forget_history() {
  const std::lock_guard lock(mutex_);
  history_.clear();
  forgotten_ = ++version_;
}

std::vector<StoredChange> FakeApiStore::all_changes() const {
  const std::lock_guard lock(mutex_);
  return all_changes_;
}

void FakeApiStore::prune_statuses(std::function<void(json&)> prune) {
  const std::lock_guard lock(mutex_);
  prune_ = std::move(prune);
}

// A write that changes nothing is none, as in etcd3's store.
FakeApiStore::Stored FakeApiStore::put(const Key& key, json object) {
  json& stored = objects_[key];
  if (!stored.is_null())
    object["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"];
  if (object == stored) return stored;
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  record({version_, stored, object});
  stored = std::move(object);
  return stored;
}

void FakeApiStore::record(StoredChange change) {
  all_changes_.push_back(change);
  history_.push_back(std::move(change));
  changed_.notify_all();
}

std::optional<json> FakeApiStore::conflict(const json& stored, const json& given) const {
  const auto refuse = [&](const std::string& why) {
    return api_status(409, "Conflict",
                      fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", resource_,
                                  text(stored, "name"), why));
  };
  const std::string version = text(given, "resourceVersion");
  const std::string uid = text(given, "uid");
  if (version.empty()) {
    return api_status(
        422, "Invalid",
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update");
  }
  if (!uid.empty() && uid != text(stored, "uid")) {
    return refuse(
        fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid,
                    text(stored, "uid")));
  }
  if (version != text(stored, "resourceVersion")) {
    return refuse(
        "the object has been modified; please apply your changes to the latest version and try "
        "again");
  }
  return std::nullopt;
}

}  // namespace tests
