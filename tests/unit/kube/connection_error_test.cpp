#include "kube/connection_error.h"

#include <doctest/doctest.h>

namespace {

using core::Reason;

const core::ConnectionId kNamespaced{core::ConnectionKind::KafkaConnection, {"payments", "prod"}};
const core::ConnectionId kOfCluster{core::ConnectionKind::ClusterKafkaConnection, {"", "prod"}};

kube::Failure failure(int code, const char* reason) {
  return {.code = code, .reason = reason, .message = "why", .retry_after = {}};
}

struct Row {
  int code;
  const char* reason;
  Reason expected;
  const char* words;
};

TEST_CASE("why a KafkaConnection can't be read says who has to mend what") {
  const Row rows[] = {
      {404, "NotFound", Reason::ConnectionNotFound,
       "there is no KafkaConnection prod in namespace payments: create it, or name another in "
       "spec.connectionRef"},
      {404, "", Reason::ConnectionNotFound,
       "read KafkaConnection prod in namespace payments: the API server has no resource "
       "kafkaconnections.offsetreset.io: apply the files in crds/"},
      {403, "Forbidden", Reason::ConnectionNotFound,
       "the operator may not read KafkaConnection prod in namespace payments: give its role the "
       "verb get for kafkaconnections (why)"},
      {401, "", Reason::KubernetesUnavailable,
       "read KafkaConnection prod in namespace payments: why (HTTP 401)"},
      {500, "", Reason::KubernetesUnavailable,
       "read KafkaConnection prod in namespace payments: why (HTTP 500)"},
      {422, "", Reason::InternalError,
       "read KafkaConnection prod in namespace payments: why (HTTP 422)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const auto error = kube::connection_error(failure(row.code, row.reason), kNamespaced);
    CHECK(error.reason == row.expected);
    CHECK(error.message == row.words);
  }
}

TEST_CASE("a ClusterKafkaConnection is in no namespace") {
  CHECK(kube::connection_error(failure(404, "NotFound"), kOfCluster).message ==
        "there is no ClusterKafkaConnection prod: create it, or name another in "
        "spec.connectionRef");
  CHECK(kube::connection_error(failure(403, "Forbidden"), kOfCluster).message ==
        "the operator may not read ClusterKafkaConnection prod: give its role the verb get for "
        "clusterkafkaconnections (why)");
}

TEST_CASE("why a namespace can't be read says who has to mend what") {
  const Row rows[] = {
      {404, "NotFound", Reason::ConnectionNotFound,
       "there is no namespace payments, so whether it is admitted can't be told"},
      {403, "Forbidden", Reason::ConnectionNotFound,
       "the operator may not read the labels of namespace payments: give its role the verb get "
       "for namespaces (why)"},
      {503, "", Reason::KubernetesUnavailable, "read namespace payments: why (HTTP 503)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const auto error = kube::namespace_error(failure(row.code, row.reason), "payments");
    CHECK(error.reason == row.expected);
    CHECK(error.message == row.words);
  }
}

}  // namespace
