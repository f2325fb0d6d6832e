#include "kube/changes.h"

#include <utility>

#include "base/log.h"
#include "core/connection_codec.h"
#include "core/names.h"
#include "core/resource_codec.h"

namespace kube {
namespace {

std::string metadata_text(const nlohmann::json& object, const char* field) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto it = metadata->find(field);
  return it != metadata->end() && it->is_string() ? it->get<std::string>() : std::string();
}

core::ObjectKey key_of(const nlohmann::json& object) {
  return {metadata_text(object, "namespace"), metadata_text(object, "name")};
}

core::Deleted deleted(const nlohmann::json& object) {
  return {key_of(object), metadata_text(object, "uid")};
}

void log_passed_over(std::string_view kind, const nlohmann::json& object,
                     const core::Error& error) {
  base::log_error(
      "resource can't be decoded; it is passed over",
      {{"kind", kind}, {"resource", key_of(object).to_string()}, {"error", error.message}});
}

bool is_of_object(const WatchEvent& event) {
  return event.type != WatchEvent::Type::Bookmark && event.type != WatchEvent::Type::Error;
}

}  // namespace

std::string resource_version_of(const nlohmann::json& object) {
  return object.is_object() ? metadata_text(object, "resourceVersion") : std::string();
}

bool ends_list(const WatchEvent& event) {
  if (event.type != WatchEvent::Type::Bookmark) return false;
  static const nlohmann::json::json_pointer kMark(
      "/metadata/annotations/k8s.io~1initial-events-end");
  return event.object.contains(kMark) && event.object.at(kMark) == "true";
}

std::optional<core::Change> change_of(const WatchEvent& event) {
  if (!is_of_object(event)) return std::nullopt;
  if (event.type == WatchEvent::Type::Deleted) return deleted(event.object);
  auto resource = core::decode_offset_reset(event.object);
  if (!resource) {
    log_passed_over(core::kKindName, event.object, resource.error());
    return std::nullopt;
  }
  if (resource->status.closed) return deleted(event.object);
  return core::Applied{*std::move(resource)};
}

std::optional<core::ConnectionChange> change_of(core::ConnectionKind kind,
                                                const WatchEvent& event) {
  if (!is_of_object(event)) return std::nullopt;
  if (event.type == WatchEvent::Type::Deleted) {
    return core::ConnectionDeleted{{kind, key_of(event.object)}};
  }
  auto connection = core::decode_connection(kind, event.object);
  if (connection) return core::ConnectionApplied{*std::move(connection)};
  log_passed_over(core::name_of(kind), event.object, connection.error());
  return std::nullopt;
}

}  // namespace kube
