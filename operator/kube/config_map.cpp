#include "kube/config_map.h"

#include <fmt/format.h>

#include <vector>

#include "core/text.h"

namespace kube {
namespace {

using nlohmann::json;

std::string named(const core::ObjectKey& name) {
  return fmt::format("ConfigMap {} in namespace {}", name.name, name.namespace_name);
}

// data or binaryData: absent where it is empty.
const json& map_at(const json& config_map, const char* field) {
  static const json kEmpty = json::object();
  const auto it = config_map.is_object() ? config_map.find(field) : config_map.end();
  return config_map.is_object() && it != config_map.end() && it->is_object() ? *it : kEmpty;
}

std::vector<std::string> keys_of(const json& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map.items()) keys.push_back(key);
  return keys;
}

}  // namespace

core::Result<std::string> text_in(const json& config_map, const core::ObjectKey& name,
                                  const std::string& key) {
  const json& data = map_at(config_map, "data");
  const auto it = data.find(key);
  if (it != data.end() && it->is_string()) return it->get<std::string>();
  // What is no UTF-8 is put there by `kubectl create configmap --from-file`.
  if (map_at(config_map, "binaryData").contains(key)) {
    return core::fail(core::Reason::ConfigMapNotFound,
                      fmt::format("key {} of {} is in its binaryData: write it as UTF-8 text, "
                                  "under data",
                                  key, named(name)));
  }
  const std::string there = data.empty() ? "no data at all" : "only " + core::listed(keys_of(data));
  return core::fail(core::Reason::ConfigMapNotFound,
                    fmt::format("{} has no key {}, {}: add it", named(name), key, there));
}

core::Error config_map_error(const Failure& failure, const core::ObjectKey& name,
                             const std::string& key) {
  if (is_absent(failure)) {
    return {core::Reason::ConfigMapNotFound,
            fmt::format("there is no {}: create it, with key {}", named(name), key)};
  }
  if (failure.code == 403) {
    return {core::Reason::ConfigMapNotFound,
            fmt::format("the operator may not read {}: give its role the verb get for configmaps "
                        "({})",
                        named(name), failure.message)};
  }
  return to_error(failure, Purpose::Read, fmt::format("read {}", named(name)));
}

}  // namespace kube
