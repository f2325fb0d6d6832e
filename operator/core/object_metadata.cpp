#include "core/object_metadata.h"

namespace core {

using nlohmann::json;

const json& at(const json& object, const char* key) {
  static const json kAbsent;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? kAbsent : *found;
}

std::string text_at(const json& object, const char* key) {
  const json& value = at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

ObjectMetadata metadata_of(const json& object) {
  const json& in = at(object, "metadata");
  ObjectMetadata metadata{{text_at(in, "namespace"), text_at(in, "name")},
                          text_at(in, "uid"),
                          text_at(in, "resourceVersion"),
                          0};
  const json& generation = at(in, "generation");
  if (generation.is_number_integer()) metadata.generation = generation.get<std::int64_t>();
  return metadata;
}

json encode_metadata(const ObjectMetadata& metadata) {
  json out{{"name", metadata.key.name},
           {"uid", metadata.uid},
           {"resourceVersion", metadata.resource_version}};
  if (!metadata.key.namespace_name.empty()) out["namespace"] = metadata.key.namespace_name;
  return out;
}

}  // namespace core
