#include "kube/holder.h"

#include <fmt/format.h>

#include <vector>

#include "core/text.h"
#include "kube/base64.h"

namespace kube {
namespace {

using core::Holder;
using nlohmann::json;

std::string named(const Holder& holder) {
  return fmt::format("{} {} in namespace {}",
                     holder.kind == Holder::Kind::Secret ? "Secret" : "ConfigMap", holder.key.name,
                     holder.key.namespace_name);
}

// data or binaryData: absent where it is empty.
const json& map_at(const json& object, const char* field) {
  static const json kEmpty = json::object();
  const auto it = object.is_object() ? object.find(field) : object.end();
  return object.is_object() && it != object.end() && it->is_object() ? *it : kEmpty;
}

std::vector<std::string> keys_of(const json& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map.items()) keys.push_back(key);
  return keys;
}

void add_plain(const json& map, core::Texts& texts) {
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) texts[key] = value.get<std::string>();
  }
}

void add_base64(const json& map, core::Texts& texts) {
  for (const auto& [key, value] : map.items()) {
    auto bytes = value.is_string() ? from_base64(value.get<std::string>()) : std::nullopt;
    if (bytes) texts[key] = *std::move(bytes);
  }
}

}  // namespace

core::Texts texts_in(Holder::Kind kind, const json& object) {
  core::Texts texts;
  if (kind == Holder::Kind::Secret) {
    add_base64(map_at(object, "data"), texts);
    return texts;
  }
  add_plain(map_at(object, "data"), texts);
  // What is not all UTF-8, as a comment in a PEM may be, is put there by
  // `kubectl create configmap --from-file`.
  add_base64(map_at(object, "binaryData"), texts);
  return texts;
}

core::Result<std::string> text_in(const json& config_map, const core::ObjectKey& name,
                                  const std::string& key) {
  const std::string where = named({Holder::Kind::ConfigMap, name});
  const json& data = map_at(config_map, "data");
  const auto it = data.find(key);
  if (it != data.end() && it->is_string()) return it->get<std::string>();
  // What is no UTF-8 is put there by `kubectl create configmap --from-file`.
  if (map_at(config_map, "binaryData").contains(key)) {
    return core::fail(core::Reason::ConfigMapNotFound,
                      fmt::format("key {} of {} is in its binaryData: write it as UTF-8 text, "
                                  "under data",
                                  key, where));
  }
  const std::string there = data.empty() ? "no data at all" : "only " + core::listed(keys_of(data));
  return core::fail(core::Reason::ConfigMapNotFound,
                    fmt::format("{} has no key {}, {}: add it", where, key, there));
}

core::Error holder_error(const Failure& failure, const Holder& holder, std::string_view key) {
  const bool is_secret = holder.kind == Holder::Kind::Secret;
  const auto reason = is_secret ? core::Reason::SecretNotFound : core::Reason::ConfigMapNotFound;
  if (is_absent(failure)) {
    return {reason, fmt::format("there is no {}: create it{}{}", named(holder),
                                key.empty() ? "" : ", with key ", key)};
  }
  if (failure.code == 403) {
    return {reason,
            fmt::format("the operator may not read {}: give its role the verb get for {} "
                        "({})",
                        named(holder), is_secret ? "secrets" : "configmaps", failure.message)};
  }
  return to_error(failure, Purpose::Read, fmt::format("read {}", named(holder)));
}

}  // namespace kube
