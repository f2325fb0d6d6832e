#include "core/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace core {

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& items) {
  constexpr std::size_t kNamed = 10;
  const auto named = std::min(items.size(), kNamed);
  const auto more = items.size() - named;
  return fmt::format(
      "{}{}", fmt::join(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(named), ", "),
      more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace core
