#pragma once

#include <nlohmann/json.hpp>

#include "core/kafka_connection.h"

namespace core {

// Decodes a connection's `spec`, with the defaults of the CRD, and checks every rule of the CRD
// again. The error is InvalidSpec, with a message that says what to write.
Result<ConnectionSpec> decode_connection_spec(ConnectionKind kind, const nlohmann::json& manifest);

}  // namespace core
