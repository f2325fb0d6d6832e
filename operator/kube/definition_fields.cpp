#include "kube/definition_fields.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>

#include "core/resource_codec.h"

namespace kube {
namespace {

using nlohmann::json;

const json kNone = json::object();

const json& at(const json& object, const std::string& field) {
  const auto it = object.is_object() ? object.find(field) : object.end();
  return !object.is_object() || it == object.end() ? kNone : *it;
}

// Scalars as texts: of a schema only the names count.
json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = to_json(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const auto& entry : node) array.push_back(to_json(entry));
    return array;
  }
  return node.IsScalar() ? json(node.Scalar()) : json();
}

bool keeps_everything(const json& schema) {
  return at(schema, "x-kubernetes-preserve-unknown-fields") == true;
}

void collect_missing(const json& ours, const json& installed, const std::string& path,
                     std::vector<std::string>& missing) {
  if (keeps_everything(installed)) return;
  if (ours.contains("items")) {
    return collect_missing(ours["items"], at(installed, "items"), path + "[]", missing);
  }
  const json& known = at(installed, "properties");
  for (const auto& [name, schema] : at(ours, "properties").items()) {
    const std::string field = fmt::format("{}{}{}", path, path.empty() ? "" : ".", name);
    if (known.contains(name)) {
      collect_missing(schema, known[name], field, missing);
    } else {
      missing.push_back(field);
    }
  }
}

// Without metadata and the like, which are the server's own.
json of_spec_and_status(const json& schema) {
  const json& properties = at(schema, "properties");
  return {{"properties", {{"spec", at(properties, "spec")}, {"status", at(properties, "status")}}}};
}

}  // namespace

core::Result<Definition> definition_in(std::string_view yaml) {
  try {
    const json definition = to_json(YAML::Load(std::string(yaml)));
    const json& spec = definition.at("spec");
    return Definition{spec.at("names").at("kind").get<std::string>(),
                      spec.at("versions").at(0).at("schema").at("openAPIV3Schema")};
  } catch (const std::exception& error) {
    return core::fail(core::Reason::InternalError, error.what());
  }
}

std::optional<json> schema_in_openapi(const json& document, std::string_view kind) {
  for (const auto& [name, schema] : at(at(document, "components"), "schemas").items()) {
    const json& kinds = at(schema, "x-kubernetes-group-version-kind");
    if (!kinds.is_array() || kinds.empty()) continue;
    if (at(kinds[0], "group") == core::kApiGroup && at(kinds[0], "kind") == kind) return schema;
  }
  return std::nullopt;
}

std::vector<std::string> missing_fields(const Definition& ours, const json& document) {
  const auto installed = schema_in_openapi(document, ours.kind);
  if (!installed) return {ours.kind + " (not installed)"};
  std::vector<std::string> missing;
  collect_missing(of_spec_and_status(ours.schema), of_spec_and_status(*installed), "", missing);
  for (std::string& field : missing) field = fmt::format("{} {}", ours.kind, field);
  return missing;
}

}  // namespace kube
