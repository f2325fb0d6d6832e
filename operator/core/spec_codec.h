#pragma once

#include <nlohmann/json.hpp>

#include "core/offset_reset.h"

namespace core {

// Decodes a `spec`, with the defaults of the CRD, and checks every rule of the CRD again: an
// installed CRD can be older than the operator. The error is InvalidSpec, with a message that says
// what to write.
Result<Spec> decode_spec(const nlohmann::json& manifest);

// The inverse, for tests and tools. Every field is written out.
nlohmann::json encode_spec(const Spec& spec);

}  // namespace core
