#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tests {

// The objects of one kind that has neither status nor watch (ConfigMaps, Events, Leases), under
// optimistic locking, as an API server keeps them. Those of the cluster have the namespace "".
// Thread-safe. Errors are metav1.Status objects.
class FakeObjects {
 public:
  using Stored = tl::expected<nlohmann::json, nlohmann::json>;

  explicit FakeObjects(std::string resource) : resource_(std::move(resource)) {}

  Stored create(const std::string& namespace_name, nlohmann::json object);
  Stored find(const std::string& namespace_name, const std::string& name) const;
  // Checks the resourceVersion, where it is given.
  Stored replace(const std::string& namespace_name, nlohmann::json object);
  Stored merge(const std::string& namespace_name, const std::string& name,
               const nlohmann::json& patch);
  void remove(const std::string& namespace_name, const std::string& name);

  std::vector<nlohmann::json> all() const;  // by namespace and name

 private:
  nlohmann::json absent(const std::string& name) const;

  const std::string resource_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, nlohmann::json> objects_;
  std::int64_t version_ = 0;
};

}  // namespace tests
