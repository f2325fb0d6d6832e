#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/kafka_connection.h"

namespace core {

// As in paths of the API: "kafkaconnections".
std::string_view plural_of(ConnectionKind kind);

// Decodes a whole object of the API server, as decode_offset_reset does: a spec that breaks a rule
// is a value, metadata without name, uid or resourceVersion is an error.
Result<KafkaConnection> decode_connection(ConnectionKind kind, const nlohmann::json& object);

// The object to PUT to the status subresource.
nlohmann::json encode_connection_status_update(const KafkaConnection& connection);

}  // namespace core
