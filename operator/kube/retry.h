#pragma once

#include <chrono>
#include <optional>

#include "kube/errors.h"

namespace kube {

// One attempt at a request that failed.
struct FailedAttempt {
  Failure failure;
  int number = 1;
  bool is_repeatable = true;         // doing it twice does no harm
  bool was_used_connection = false;  // one that was kept open, so the server may have closed it
  bool is_unsent = false;            // it broke before anything of the request was sent
  bool is_identity_new = false;      // credentials and certificates were read again, and changed
};

inline constexpr int kMostAttempts = 4;

// How long to wait before the same request is sent again; none: it is not. A server that throttles
// (429, 503 with Retry-After) has not done anything, so that is safe for every request.
std::optional<std::chrono::milliseconds> pause_before_retry(const FailedAttempt& attempt);

}  // namespace kube
