#pragma once

#include <nlohmann/json.hpp>

#include "core/offset_reset.h"

namespace core {

inline constexpr const char* kApiGroup = "offsetreset.io";
inline constexpr const char* kApiVersion = "offsetreset.io/v1alpha1";
inline constexpr const char* kKindName = "OffsetReset";
inline constexpr const char* kPlural = "offsetresets";

// Decodes a whole object of the API server. A spec that breaks a rule is a value (InvalidSpec in
// OffsetReset::spec); metadata without name, namespace, uid or resourceVersion, or a status of
// another shape than the CRD's, is an error.
Result<OffsetReset> decode_offset_reset(const nlohmann::json& object);

// The object to PUT to the status subresource: identity, resourceVersion (the compare-and-swap) and
// status. The server ignores everything else of it.
nlohmann::json encode_status_update(const OffsetReset& resource);

}  // namespace core
