#include "kube/retry.h"

namespace kube {

std::optional<std::chrono::milliseconds> pause_before_retry(const FailedAttempt& attempt) {
  if (attempt.number >= kMostAttempts) return std::nullopt;
  const bool is_first = attempt.number == 1;
  switch (attempt.failure.code) {
    case 0:
      if (is_first && attempt.was_used_connection && attempt.is_repeatable) {
        return std::chrono::milliseconds(0);
      }
      return std::nullopt;
    case 401:
      if (is_first && attempt.is_token_new) return std::chrono::milliseconds(0);
      return std::nullopt;
    case 429:
    case 503:
      return attempt.failure.retry_after;
    default:
      return std::nullopt;
  }
}

}  // namespace kube
