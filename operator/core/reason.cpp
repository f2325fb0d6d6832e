#include "core/reason.h"

namespace core {

std::optional<Reason> reason_from(std::string_view name) {
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastReason); ++value) {
    const auto reason = static_cast<Reason>(value);
    if (to_string(reason) == name) return reason;
  }
  return std::nullopt;
}

}  // namespace core
