#pragma once

#include <string>
#include <string_view>

#include "core/kafka_connection.h"
#include "kube/errors.h"

namespace kube {

// "the API server has no resource kafkaconnections.offsetreset.io: apply the files in crds/"
std::string not_installed(std::string_view plural);

// Why a connection could not be read: ConnectionNotFound where somebody has to mend it, with what
// to do.
core::Error connection_error(const Failure& failure, const core::ConnectionId& id);

// Likewise of a namespace, whose labels say whether a ClusterKafkaConnection admits it.
core::Error namespace_error(const Failure& failure, const std::string& name);

}  // namespace kube
