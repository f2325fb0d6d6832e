#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kube {

// Of RFC 4648, padded. Line breaks and spaces in the text don't count, as YAML folds long lines.
std::optional<std::string> from_base64(std::string text);

std::string to_base64(std::string_view bytes);

}  // namespace kube
