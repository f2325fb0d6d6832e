#pragma once

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace kube {

// The same value in JSON: plain scalars that are numbers, true, false or null are these, all others
// are text. None if it is nested deeper than 32 levels, or of more than 10,000 values: an anchor
// may stand within itself, or be named many times.
std::optional<nlohmann::json> to_json(const YAML::Node& node);

}  // namespace kube
