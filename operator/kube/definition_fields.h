#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace kube {

struct Definition {
  std::string kind;
  nlohmann::json schema;
};

// From the text of a CustomResourceDefinition.
core::Result<Definition> definition_in(std::string_view yaml);

// The schema of that kind in the API server's OpenAPI v3 document of our resources' version; none:
// the kind is not installed.
std::optional<nlohmann::json> schema_in_openapi(const nlohmann::json& document,
                                                std::string_view kind);

// The fields of spec and status that `ours` has and the API server's document has not, so that they
// are pruned: "OffsetReset spec.suspend", "OffsetReset status.partitions[].note". Of one whose
// parent is missing, the parent alone; of a kind that is missing, the kind. In order.
std::vector<std::string> missing_fields(const Definition& ours, const nlohmann::json& document);

}  // namespace kube
