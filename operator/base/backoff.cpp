#include "base/backoff.h"

#include <algorithm>

namespace base {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds last,
                 std::uint64_t seed)
    : first_(first), last_(last), random_(seed) {}

std::chrono::milliseconds Backoff::next() {
  constexpr unsigned kDoublings = 20;  // beyond it the shift alone is over any sensible `last`
  const std::chrono::milliseconds doubled = first_ * (1LL << std::min(failures_, kDoublings));
  const auto longest = std::min(doubled, last_);
  ++failures_;
  std::uniform_int_distribution<std::int64_t> draw(longest.count() / 2, longest.count());
  return std::chrono::milliseconds(draw(random_));
}

}  // namespace base
