#include "kafka/rights.h"

#include <algorithm>

namespace kafka {

// What may not even be looked at is not described, so what may be done to anything else includes
// DESCRIBE. Where it does not, the broker is none of Kafka's own, and does not really tell.
bool includes(std::span<const rd_kafka_AclOperation_t> rights, rd_kafka_AclOperation_t operation) {
  const auto has = [&](rd_kafka_AclOperation_t wanted) {
    return std::find(rights.begin(), rights.end(), wanted) != rights.end();
  };
  return has(operation) || !has(RD_KAFKA_ACL_OPERATION_DESCRIBE);
}

}  // namespace kafka
