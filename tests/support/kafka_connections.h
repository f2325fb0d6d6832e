#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/kafka_connection.h"

namespace tests {

// Of the user alice, whose password is under "password" in the Secret of that name. A
// KafkaConnection is in the namespace "payments".
inline core::KafkaConnection kafka_connection(core::ConnectionKind kind,
                                              std::vector<core::AccessRule> access = {}) {
  const bool is_namespaced = kind == core::ConnectionKind::KafkaConnection;
  core::SaslSpec sasl;
  sasl.username = "alice";
  sasl.password = core::TextRef{core::Holder::Kind::Secret, "alice", "password"};
  core::ConnectionSpec spec;
  spec.bootstrap_servers = {"kafka:9093"};
  spec.sasl = sasl;
  spec.access = std::move(access);
  core::KafkaConnection made;
  made.id = {kind, {is_namespaced ? "payments" : "", "prod"}};
  made.uid = "uid-of-prod";
  made.resource_version = "1";
  made.generation = 1;
  made.spec = std::move(spec);
  return made;
}

}  // namespace tests
