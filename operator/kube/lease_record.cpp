#include "kube/lease_record.h"

#include <utility>

namespace kube {

using nlohmann::json;

namespace {

std::string text_at(const json& object, const char* field) {
  const auto it = object.find(field);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

int number_at(const json& object, const char* field) {
  const auto it = object.find(field);
  return it != object.end() && it->is_number_integer() ? it->get<int>() : 0;
}

}  // namespace

LeaseRecord lease_record(const json& lease) {
  const auto spec = lease.is_object() ? lease.find("spec") : lease.end();
  if (!lease.is_object() || spec == lease.end() || !spec->is_object()) return {};
  return {text_at(*spec, "holderIdentity"),
          std::chrono::seconds(number_at(*spec, "leaseDurationSeconds")),
          text_at(*spec, "acquireTime"), text_at(*spec, "renewTime"),
          number_at(*spec, "leaseTransitions")};
}

json with_record(json lease, const LeaseRecord& record) {
  json& spec = lease["spec"];
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration.count();
  spec["acquireTime"] = record.acquire_time;
  spec["renewTime"] = record.renew_time;
  spec["leaseTransitions"] = record.transitions;
  return lease;
}

json new_lease(const std::string& namespace_name, const std::string& name) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", {{"name", name}, {"namespace", namespace_name}}}};
}

}  // namespace kube
