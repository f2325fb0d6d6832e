#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace kube {

// What a Lease of coordination.k8s.io/v1 says of who holds it.
struct LeaseRecord {
  std::string holder;  // empty: nobody
  std::chrono::seconds duration{0};
  std::string acquire_time;  // as the server has them: only whether they change counts
  std::string renew_time;
  int transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

// Fields that are absent, or of another type, are empty.
LeaseRecord lease_record(const nlohmann::json& lease);

// The Lease with that record, and all else as it was.
nlohmann::json with_record(nlohmann::json lease, const LeaseRecord& record);

// A Lease that is not there yet.
nlohmann::json new_lease(const std::string& namespace_name, const std::string& name);

}  // namespace kube
