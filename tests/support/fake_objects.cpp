#include "support/fake_objects.h"

#include <fmt/format.h>

#include "support/fake_api_store.h"

namespace tests {

using nlohmann::json;

json FakeObjects::absent(const std::string& name) const {
  return api_status(404, "NotFound", fmt::format("{} \"{}\" not found", resource_, name));
}

FakeObjects::Stored FakeObjects::create(const std::string& namespace_name, json object) {
  const std::lock_guard lock(mutex_);
  const std::string name = object.at("metadata").at("name");
  if (!namespace_name.empty()) object["metadata"]["namespace"] = namespace_name;
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  object["metadata"]["uid"] = fmt::format("uid-{}", version_);
  const auto [it, is_new] = objects_.try_emplace({namespace_name, name}, std::move(object));
  if (is_new) return it->second;
  return tl::unexpected(
      api_status(409, "AlreadyExists", fmt::format("{} \"{}\" already exists", resource_, name)));
}

FakeObjects::Stored FakeObjects::find(const std::string& namespace_name,
                                      const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find({namespace_name, name});
  if (it != objects_.end()) return it->second;
  return tl::unexpected(absent(name));
}

FakeObjects::Stored FakeObjects::replace(const std::string& namespace_name, json object) {
  const std::lock_guard lock(mutex_);
  const std::string name = object.at("metadata").at("name");
  const auto it = objects_.find({namespace_name, name});
  if (it == objects_.end()) return tl::unexpected(absent(name));
  const json& stored = it->second.at("metadata");
  const std::string version = object["metadata"].value("resourceVersion", "");
  if (!version.empty() && version != stored.at("resourceVersion")) {
    return tl::unexpected(api_status(
        409, "Conflict",
        fmt::format("Operation cannot be fulfilled on {} \"{}\": the object has been modified; "
                    "please apply your changes to the latest version and try again",
                    resource_, name)));
  }
  object["metadata"]["uid"] = stored.at("uid");
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  it->second = std::move(object);
  return it->second;
}

FakeObjects::Stored FakeObjects::merge(const std::string& namespace_name, const std::string& name,
                                       const json& patch) {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find({namespace_name, name});
  if (it == objects_.end()) return tl::unexpected(absent(name));
  it->second.merge_patch(patch);
  it->second["metadata"]["resourceVersion"] = std::to_string(++version_);
  return it->second;
}

void FakeObjects::remove(const std::string& namespace_name, const std::string& name) {
  const std::lock_guard lock(mutex_);
  objects_.erase({namespace_name, name});
}

std::vector<json> FakeObjects::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<json> objects;
  for (const auto& [key, object] : objects_) objects.push_back(object);
  return objects;
}

}  // namespace tests
