#pragma once

#include <optional>
#include <string>

#include "core/next.h"

// How a reset comes to its Kafka cluster: the part of core::next before the first request to Kafka.
namespace core {

// Before a step that goes to Kafka: what has to be read first, or why it may not or can't go there.
// Else the step itself, with the connection in its requests. Whatever a step names (groups, topics)
// is checked against the connection's access list before anything secret is read.
Step connect_first(const Observed& seen, Step step);

// Why these topics of the reset's groups may not be touched: AccessDenied. For topics that only
// Kafka could tell. The connection has been read.
std::optional<Error> denied(const Observed& seen, const ReadRequest& request,
                            const std::vector<Row>& rows);

// How Kafka is reached, once everything for it has been read; none before that.
std::optional<Connection> reach_of(const Observed& seen);

// Of a connectionRef: which connection it means.
std::optional<ConnectionId> connection_of(const OffsetReset& resource);

// The cluster by the words of the spec: resets of equal names are about one cluster. Empty where
// the spec is invalid.
std::string cluster_name(const OffsetReset& resource);

}  // namespace core
