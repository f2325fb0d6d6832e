#include "kube/connection_error.h"

#include <fmt/format.h>

#include "core/connection_codec.h"
#include "core/names.h"
#include "core/resource_codec.h"

namespace kube {
namespace {

using core::Reason;

std::string named(const core::ConnectionId& id) {
  const auto kind = core::name_of(id.kind);
  if (id.kind == core::ConnectionKind::ClusterKafkaConnection) {
    return fmt::format("{} {}", kind, id.key.name);
  }
  return fmt::format("{} {} in namespace {}", kind, id.key.name, id.key.namespace_name);
}

core::Error not_allowed(const Failure& failure, std::string_view what, std::string_view plural) {
  return {Reason::ConnectionNotFound,
          fmt::format("the operator may not read {}: give its role the verb get for {} ({})", what,
                      plural, failure.message)};
}

}  // namespace

std::string not_installed(std::string_view plural) {
  return fmt::format("the API server has no resource {}.{}: apply the files in crds/", plural,
                     core::kApiGroup);
}

core::Error connection_error(const Failure& failure, const core::ConnectionId& id) {
  const std::string what = named(id);
  if (is_absent(failure)) {
    return {Reason::ConnectionNotFound,
            fmt::format("there is no {}: create it, or name another in spec.connectionRef", what)};
  }
  if (failure.code == 404) {
    return {Reason::ConnectionNotFound,
            fmt::format("read {}: {}", what, not_installed(core::plural_of(id.kind)))};
  }
  if (failure.code == 403) return not_allowed(failure, what, core::plural_of(id.kind));
  return to_error(failure, Purpose::Read, fmt::format("read {}", what));
}

core::Error namespace_error(const Failure& failure, const std::string& name) {
  const std::string what = fmt::format("namespace {}", name);
  if (is_absent(failure)) {
    return {Reason::ConnectionNotFound,
            fmt::format("there is no {}, so whether it is admitted can't be told", what)};
  }
  if (failure.code == 403) return not_allowed(failure, "the labels of " + what, "namespaces");
  return to_error(failure, Purpose::Read, fmt::format("read {}", what));
}

}  // namespace kube
