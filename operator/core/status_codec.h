#pragma once

#include <nlohmann/json.hpp>

#include "core/offset_reset.h"

namespace core {

// `status` as the CRD has it; absent fields are left out.
nlohmann::json encode_status(const Status& status);

// The inverse. A null or empty status is the fresh one. The error (InternalError) names the field
// that has another shape than the CRD gives it.
Result<Status> decode_status(const nlohmann::json& status);

}  // namespace core
