#include "kafka/rights.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

using Rights = std::vector<rd_kafka_AclOperation_t>;

TEST_CASE("What is not among the rights that are told is missing") {
  const Rights rights{RD_KAFKA_ACL_OPERATION_DESCRIBE, RD_KAFKA_ACL_OPERATION_READ};
  CHECK(kafka::includes(rights, RD_KAFKA_ACL_OPERATION_READ));
  CHECK_FALSE(kafka::includes(rights, RD_KAFKA_ACL_OPERATION_DELETE));
}

TEST_CASE("Where no rights are told, none is missing") {
  CHECK(kafka::includes({}, RD_KAFKA_ACL_OPERATION_READ));
  CHECK(kafka::includes(Rights{RD_KAFKA_ACL_OPERATION_ALTER}, RD_KAFKA_ACL_OPERATION_READ));
}

}  // namespace
