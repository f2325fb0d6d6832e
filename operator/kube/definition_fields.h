#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace kube {

// The schema of an OffsetReset in the text of a CustomResourceDefinition.
core::Result<nlohmann::json> schema_in_definition(std::string_view yaml);

// The same in the API server's OpenAPI v3 document of the resource's version.
core::Result<nlohmann::json> schema_in_openapi(const nlohmann::json& document);

// The fields of spec and status that `ours` has and `installed` has not, so that the API server
// prunes them: "spec.suspend", "status.partitions[].note". Of one whose parent is missing, the
// parent alone. In order.
std::vector<std::string> missing_fields(const nlohmann::json& ours,
                                        const nlohmann::json& installed);

}  // namespace kube
