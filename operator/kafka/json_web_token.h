#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace kafka {

// What a token (RFC 7519) says of itself; nobody verifies it here. Null where it is none.
nlohmann::json claims_in(std::string_view token);

}  // namespace kafka
