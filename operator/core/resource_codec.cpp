#include "core/resource_codec.h"

#include <fmt/format.h>

#include "core/object_metadata.h"
#include "core/rfc3339.h"
#include "core/spec_codec.h"
#include "core/status_codec.h"

namespace core {
namespace {

using nlohmann::json;

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
  auto common = metadata_of(object);
  OffsetReset resource;
  resource.key = std::move(common.key);
  resource.uid = std::move(common.uid);
  resource.resource_version = std::move(common.resource_version);
  resource.generation = common.generation;
  if (resource.key.name.empty() || resource.key.namespace_name.empty() || resource.uid.empty() ||
      resource.resource_version.empty()) {
    return fail(Reason::InternalError,
                fmt::format("decode OffsetReset {}: metadata lacks namespace, name, uid or "
                            "resourceVersion",
                            resource.key.to_string()));
  }
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
          {"metadata", encode_metadata({resource.key, resource.uid, resource.resource_version,
                                        resource.generation})},
          {"status", encode_status(resource.status)}};
}

}  // namespace core
