#pragma once

#include <cstdint>
#include <limits>

namespace core {

// The sum, at the end of the range where it would leave it: a broker stores any offset that it is
// given, up to the largest there is.
constexpr std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

}  // namespace core
