#include "core/resource_codec.h"

#include <fmt/format.h>

#include "core/rfc3339.h"
#include "core/spec_codec.h"
#include "core/status_codec.h"

namespace core {
namespace {

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

// By what these tools mark the objects that they apply. (Argo CD's label of old,
// app.kubernetes.io/instance, is everybody's.)
std::string gitops_tool_of(const json& metadata) {
  const json& labels = at(metadata, "labels");
  const json& annotations = at(metadata, "annotations");
  const bool is_argo = !at(annotations, "argocd.argoproj.io/tracking-id").is_null() ||
                       !at(labels, "argocd.argoproj.io/instance").is_null();
  const bool is_flux = !at(labels, "kustomize.toolkit.fluxcd.io/name").is_null() ||
                       !at(labels, "helm.toolkit.fluxcd.io/name").is_null();
  return is_argo ? "Argo CD" : is_flux ? "Flux" : "";
}

}  // namespace

Result<OffsetReset> decode_offset_reset(const json& object) {
  const json& metadata = at(object, "metadata");
  OffsetReset resource;
  resource.key = {text_at(metadata, "namespace"), text_at(metadata, "name")};
  resource.uid = text_at(metadata, "uid");
  resource.resource_version = text_at(metadata, "resourceVersion");
  if (resource.key.name.empty() || resource.key.namespace_name.empty() || resource.uid.empty() ||
      resource.resource_version.empty()) {
    return fail(Reason::InternalError,
                fmt::format("decode OffsetReset {}: metadata lacks namespace, name, uid or "
                            "resourceVersion",
                            resource.key.to_string()));
  }
  const json& generation = at(metadata, "generation");
  if (generation.is_number_integer()) resource.generation = generation.get<std::int64_t>();
  resource.created = parse_rfc3339(text_at(metadata, "creationTimestamp")).value_or(TimePoint{});
  resource.gitops_tool = gitops_tool_of(metadata);
  resource.is_being_deleted = !at(metadata, "deletionTimestamp").is_null();
  resource.spec = decode_spec(at(object, "spec"));
  auto status = decode_status(at(object, "status"));
  if (!status) return tl::unexpected<Error>(std::move(status.error()));
  resource.status = std::move(*status);
  return resource;
}

json encode_status_update(const OffsetReset& resource) {
  return {{"apiVersion", kApiVersion},
          {"kind", kKindName},
          {"metadata",
           {{"namespace", resource.key.namespace_name},
            {"name", resource.key.name},
            {"uid", resource.uid},
            {"resourceVersion", resource.resource_version}}},
          {"status", encode_status(resource.status)}};
}

}  // namespace core
