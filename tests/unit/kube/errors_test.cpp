#include "kube/errors.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using core::Reason;
using kube::Failure;
using kube::Purpose;

struct Row {
  int code;
  Reason read;
  Reason write;
};

TEST_CASE("a status code means the same wherever it is met, but for 404") {
  const Row rows[] = {
      {0, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {400, Reason::InternalError, Reason::InternalError},
      {401, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {403, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {404, Reason::KubernetesUnavailable, Reason::Conflict},
      {405, Reason::InternalError, Reason::InternalError},
      {408, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {409, Reason::Conflict, Reason::Conflict},
      {410, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {413, Reason::InternalError, Reason::InternalError},
      {415, Reason::InternalError, Reason::InternalError},
      {422, Reason::InternalError, Reason::InternalError},
      {429, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {500, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {502, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {503, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {504, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
      {302, Reason::KubernetesUnavailable, Reason::KubernetesUnavailable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    Failure failure;
    failure.code = row.code;
    CHECK(kube::to_error(failure, Purpose::Read, "x").reason == row.read);
    CHECK(kube::to_error(failure, Purpose::WriteStatus, "x").reason == row.write);
  }
}

TEST_CASE("the message says what was being done, and the server's own words") {
  const Failure failure = kube::failure_of(
      403,
      R"({"kind":"Status","code":403,"reason":"Forbidden","message":"offsetresets is forbidden"})");
  CHECK(kube::to_error(failure, Purpose::WriteStatus, "write status of default/a").message ==
        "write status of default/a: offsetresets is forbidden (HTTP 403)");
}

TEST_CASE("a resource that is gone is called that") {
  const Failure failure =
      kube::failure_of(404, R"({"kind":"Status","code":404,"message":"\"a\" not found"})");
  CHECK(kube::to_error(failure, Purpose::WriteStatus, "write status of default/a").message ==
        "write status of default/a: the resource is gone: \"a\" not found (HTTP 404)");
}

TEST_CASE("absent is what a Status calls not found, not a path that nobody knows") {
  CHECK(kube::is_absent(kube::failure_of(404, R"({"kind":"Status","reason":"NotFound"})")));
  CHECK_FALSE(kube::is_absent(kube::failure_of(404, "404 page not found")));
  CHECK_FALSE(kube::is_absent(kube::failure_of(410, R"({"kind":"Status","reason":"NotFound"})")));
}

TEST_CASE("a Status tells when to come back, and of a version from the future") {
  const Failure failure = kube::failure_of(504, R"({"kind":"Status","code":504,"reason":"Timeout",
      "details":{"causes":[{"reason":"ResourceVersionTooLarge"}],"retryAfterSeconds":1}})");
  CHECK(failure.is_version_too_large);
  CHECK(failure.retry_after == std::chrono::seconds(1));
  CHECK(failure.reason == "Timeout");
}

TEST_CASE("an answer that is no Status is quoted, but not at length") {
  CHECK(kube::failure_of(502, "<html>Bad Gateway</html>").message == "<html>Bad Gateway</html>");
  CHECK(kube::failure_of(502, std::string(10'000, 'x')).message.size() == 200);
  CHECK(kube::failure_of(500, "").code == 500);
}

TEST_CASE("a Status of another shape is taken for what can be understood of it") {
  for (const char* body :
       {R"({"kind":"Status","code":"500","message":7,"details":[]})", R"({"kind":7})", "[1]", "7",
        R"({"kind":"Status","details":{"causes":"many","retryAfterSeconds":"soon"}})"}) {
    CAPTURE(body);
    CHECK(kube::failure_of(500, body).code == 500);
  }
}

}  // namespace
