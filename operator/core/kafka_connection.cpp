#include "core/kafka_connection.h"

#include "core/names.h"

namespace core {

std::string ConnectionId::to_string() const {
  const std::string kind_name(name_of(kind));
  return kind == ConnectionKind::KafkaConnection ? kind_name + " " + key.to_string()
                                                 : kind_name + " " + key.name;
}

}  // namespace core
