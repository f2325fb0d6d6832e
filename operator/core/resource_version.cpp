#include "core/resource_version.h"

namespace core {
namespace {

bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool is_older_version(std::string_view left, std::string_view right) {
  if (!is_decimal(left) || !is_decimal(right)) return false;
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

}  // namespace core
