#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/offset_reset.h"

namespace core {

nlohmann::json encode_conditions(const std::vector<Condition>& conditions);

// The `conditions` of a status; none where it has none. Throws nlohmann's exceptions where they are
// of another shape than the CRD's.
std::vector<Condition> decode_conditions(const nlohmann::json& status);

}  // namespace core
