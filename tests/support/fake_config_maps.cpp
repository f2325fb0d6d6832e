#include "support/fake_config_maps.h"

#include <fmt/format.h>

#include "support/fake_api_store.h"

namespace tests {

using nlohmann::json;

FakeConfigMaps::Stored FakeConfigMaps::create(const std::string& namespace_name, json object) {
  const std::lock_guard lock(mutex_);
  const std::string name = object.at("metadata").at("name");
  object["metadata"]["namespace"] = namespace_name;
  const auto [it, is_new] = objects_.try_emplace({namespace_name, name}, std::move(object));
  if (is_new) return it->second;
  return tl::unexpected(
      api_status(409, "AlreadyExists", fmt::format("configmaps \"{}\" already exists", name)));
}

FakeConfigMaps::Stored FakeConfigMaps::find(const std::string& namespace_name,
                                            const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find({namespace_name, name});
  if (it != objects_.end()) return it->second;
  return tl::unexpected(
      api_status(404, "NotFound", fmt::format("configmaps \"{}\" not found", name)));
}

}  // namespace tests
