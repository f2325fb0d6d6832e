#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tests {

// ConfigMaps as an API server keeps them. Thread-safe. Errors are metav1.Status objects.
class FakeConfigMaps {
 public:
  using Stored = tl::expected<nlohmann::json, nlohmann::json>;

  Stored create(const std::string& namespace_name, nlohmann::json object);
  Stored find(const std::string& namespace_name, const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, nlohmann::json> objects_;
};

}  // namespace tests
