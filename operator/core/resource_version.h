#pragma once

#include <string_view>

namespace core {

// Whether `left` is an older version of the same kind of object than `right`. Versions are opaque
// except that decimal ones of one kind can be compared (KEP-5504); others count as not older.
bool is_older_version(std::string_view left, std::string_view right);

}  // namespace core
