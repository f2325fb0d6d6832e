#include "kube/changes.h"

#include <utility>

#include "base/log.h"
#include "core/resource_codec.h"

namespace kube {
namespace {

std::string metadata_text(const nlohmann::json& object, const char* field) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto it = metadata->find(field);
  return it != metadata->end() && it->is_string() ? it->get<std::string>() : std::string();
}

core::Deleted deleted(const nlohmann::json& object) {
  return {{metadata_text(object, "namespace"), metadata_text(object, "name")},
          metadata_text(object, "uid")};
}

std::optional<core::OffsetReset> decode(const nlohmann::json& object) {
  auto resource = core::decode_offset_reset(object);
  if (resource) return *std::move(resource);
  base::log_error(
      "resource can't be decoded; it is passed over",
      {{"resource", deleted(object).key.to_string()}, {"error", resource.error().message}});
  return std::nullopt;
}

}  // namespace

std::string resource_version_of(const nlohmann::json& object) {
  return object.is_object() ? metadata_text(object, "resourceVersion") : std::string();
}

std::vector<core::OffsetReset> open_resources(const nlohmann::json& list) {
  std::vector<core::OffsetReset> resources;
  const auto items = list.find("items");
  if (items == list.end() || !items->is_array()) return resources;
  for (const auto& item : *items) {
    auto resource = decode(item);
    if (resource && !resource->status.closed) resources.push_back(*std::move(resource));
  }
  return resources;
}

bool ends_list(const WatchEvent& event) {
  if (event.type != WatchEvent::Type::Bookmark) return false;
  static const nlohmann::json::json_pointer kMark(
      "/metadata/annotations/k8s.io~1initial-events-end");
  return event.object.contains(kMark) && event.object.at(kMark) == "true";
}

std::optional<core::Change> change_of(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::Deleted:
      return deleted(event.object);
    case WatchEvent::Type::Added:
    case WatchEvent::Type::Modified: {
      auto resource = decode(event.object);
      if (!resource) return std::nullopt;
      if (resource->status.closed) return deleted(event.object);
      return core::Applied{*std::move(resource)};
    }
    case WatchEvent::Type::Bookmark:
    case WatchEvent::Type::Error:
      return std::nullopt;
  }
  return std::nullopt;  // unreachable: every enumerator is above
}

}  // namespace kube
