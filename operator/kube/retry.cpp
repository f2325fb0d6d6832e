#include "kube/retry.h"

namespace kube {
namespace {

constexpr std::chrono::milliseconds kAtOnce{0};

}  // namespace

std::optional<std::chrono::milliseconds> pause_before_retry(const FailedAttempt& attempt) {
  if (attempt.number >= kMostAttempts) return std::nullopt;
  const bool is_first = attempt.number == 1;
  switch (attempt.failure.code) {
    case 0:
      if (!attempt.is_unsent && !attempt.is_repeatable) return std::nullopt;
      if (attempt.is_identity_new) return kAtOnce;
      if (is_first && attempt.was_used_connection) return kAtOnce;
      return std::nullopt;
    case 401:
      if (attempt.is_identity_new) return kAtOnce;
      return std::nullopt;
    case 429:
    case 503:
      return attempt.failure.retry_after;
    default:
      return std::nullopt;
  }
}

}  // namespace kube
