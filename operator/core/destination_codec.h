#pragma once

#include <nlohmann/json.hpp>

#include "core/destination.h"
#include "core/fields.h"

namespace core {

// Decodes `to`, which stands under this key of `parent`.
Destination decode_destination(const Fields& parent, const char* key);

nlohmann::json encode_destination(const Destination& destination);

}  // namespace core
