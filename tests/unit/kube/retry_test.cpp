#include "kube/retry.h"

#include <doctest/doctest.h>

namespace {

using namespace std::chrono_literals;
using kube::FailedAttempt;
using Pause = std::optional<std::chrono::milliseconds>;

FailedAttempt attempt(int code) {
  FailedAttempt failed;
  failed.failure.code = code;
  return failed;
}

FailedAttempt throttled(int code, std::chrono::seconds retry_after) {
  FailedAttempt failed = attempt(code);
  failed.failure.retry_after = retry_after;
  return failed;
}

FailedAttempt on_used_connection(FailedAttempt failed) {
  failed.was_used_connection = true;
  return failed;
}

FailedAttempt not_repeatable(FailedAttempt failed) {
  failed.is_repeatable = false;
  return failed;
}

FailedAttempt with_new_identity(FailedAttempt failed) {
  failed.is_identity_new = true;
  return failed;
}

FailedAttempt unsent(FailedAttempt failed) {
  failed.is_unsent = true;
  return failed;
}

FailedAttempt number(int number, FailedAttempt failed) {
  failed.number = number;
  return failed;
}

TEST_CASE("a request is sent again only where that is safe and of use") {
  struct Row {
    const char* sentence;
    FailedAttempt failed;
    Pause expected;
  };
  const Row rows[] = {
      {"a new connection that broke is not tried again", attempt(0), std::nullopt},
      {"a kept one may have been closed meanwhile: at once, on a new one",
       on_used_connection(attempt(0)), 0ms},
      {"but only once", number(2, on_used_connection(attempt(0))), std::nullopt},
      {"never what could be done twice", not_repeatable(on_used_connection(attempt(0))),
       std::nullopt},
      {"unless nothing of it was sent, as TLS failed before",
       unsent(not_repeatable(on_used_connection(attempt(0)))), 0ms},
      {"a TLS failure with the certificates that there are is final", unsent(attempt(0)),
       std::nullopt},
      {"a TLS failure when they were rotated: at once, for every request",
       unsent(not_repeatable(with_new_identity(attempt(0)))), 0ms},
      {"a connection that broke when they were rotated: at once", with_new_identity(attempt(0)),
       0ms},
      {"but not for what could be done twice", not_repeatable(with_new_identity(attempt(0))),
       std::nullopt},
      {"401 with the credentials that there are is final", attempt(401), std::nullopt},
      {"401 when they were rotated: at once", with_new_identity(attempt(401)), 0ms},
      {"also after a kept connection was closed", number(2, with_new_identity(attempt(401))), 0ms},
      {"429 when the server says", throttled(429, 2s), 2000ms},
      {"503 when the server says", throttled(503, 1s), 1000ms},
      {"for every request, since nothing was done", not_repeatable(throttled(429, 1s)), 1000ms},
      {"a server that does not say is not asked again", attempt(503), std::nullopt},
      {"not for ever", number(4, throttled(429, 1s)), std::nullopt},
      {"500 is for the caller", attempt(500), std::nullopt},
      {"409 is for the caller", attempt(409), std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sentence);
    CHECK((kube::pause_before_retry(row.failed) == row.expected));
  }
}

}  // namespace
