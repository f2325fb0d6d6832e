#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/kafka_connection.h"

namespace tests {

// As somebody would apply them.
nlohmann::json reset_object(const std::string& name, const std::string& namespace_name = "shop");
nlohmann::json connection_object(const core::ConnectionId& id);

}  // namespace tests
