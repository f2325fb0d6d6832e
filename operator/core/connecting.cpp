#include "core/connecting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <type_traits>
#include <utility>

#include "core/access.h"
#include "core/bootstrap_servers.h"
#include "core/conditions.h"
#include "core/credentials.h"
#include "core/messages.h"
#include "core/overloaded.h"
#include "core/pass.h"

namespace core {
namespace {

// What a step names: groups and topics, and how it is reached.
struct Request {
  std::set<std::string> groups;
  std::set<std::string> topics;
};

void add(Request& all, const PartitionRead& read) {
  if (read.source_group) all.groups.insert(*read.source_group);
}

void add(Request& all, const ReadRequest& request) {
  all.groups.insert(request.group);
  if (request.all_committed) add(all, *request.all_committed);
  for (const TopicRead& topic : request.topics) {
    all.topics.insert(topic.topic);
    add(all, topic.also);
  }
}

void add(Request& all, const CommitRequest& request) {
  all.groups.insert(request.group);
  for (const OffsetCommit& offset : request.offsets) all.topics.insert(offset.topic);
  for (const TopicPartition& at : request.deletions) all.topics.insert(at.topic);
}

// Nothing for a step that does not go to Kafka.
std::optional<Request> named_in(const Step& step) {
  Request all;
  const bool goes_to_kafka = std::visit(Overloaded{
                                            [&](const ReadKafka& read) {
                                              add(all, read.request);
                                              return true;
                                            },
                                            [&](const Verify& read) {
                                              add(all, read.request);
                                              return true;
                                            },
                                            [&](const FindCommit& find) {
                                              all.groups.insert(find.request.group);
                                              return true;
                                            },
                                            [&](const CommitPlan& commit) {
                                              for (const auto& request : commit.requests) {
                                                add(all, request);
                                              }
                                              return true;
                                            },
                                            [](const auto&) { return false; },
                                        },
                                        step);
  return goes_to_kafka ? std::optional(all) : std::nullopt;
}

Step addressed(Step step, const Connection& connection) {
  std::visit(Overloaded{
                 [&](ReadKafka& read) { read.request.connection = connection; },
                 [&](Verify& read) { read.request.connection = connection; },
                 [&](FindCommit& find) { find.request.connection = connection; },
                 [&](CommitPlan& commit) {
                   for (auto& request : commit.requests) request.connection = connection;
                 },
                 [](auto&) {},
             },
             step);
  return step;
}

// A saved plan is kept whatever happens: it may have been applied.
Finish end(const Observed& seen, const Error& error) {
  if (!has_saved_plan(current(seen).status)) return finish_without_plan(seen, error);
  if (!is_final(error.reason)) return finish(seen, error);
  return finish(seen, {error.reason, unseen_message(spec_of(seen), error)});
}

std::string secrets_namespace(const Observed& seen, const ConnectionId& id) {
  return id.kind == ConnectionKind::KafkaConnection ? id.key.namespace_name
                                                    : seen.policy.operator_namespace;
}

std::optional<Error> refused_by_policy(const Observed& seen) {
  const auto& ref = spec_of(seen).connection_ref;
  if (!ref && !seen.policy.allow_inline_bootstrap_servers) {
    return Error{Reason::AccessDenied, inline_servers_message()};
  }
  if (ref && ref->kind == ConnectionKind::ClusterKafkaConnection &&
      !seen.policy.allow_cluster_connections) {
    return Error{Reason::AccessDenied, cluster_connections_message()};
  }
  return std::nullopt;
}

bool is_restricted(const ConnectionId& id) {
  return id.kind == ConnectionKind::ClusterKafkaConnection;
}

std::optional<Error> denied(const Observed& seen, const ConnectionId& id, Request names) {
  if (!is_restricted(id)) return std::nullopt;
  const Labels labels = seen.namespace_labels ? **seen.namespace_labels : Labels{};
  const auto& namespace_name = seen.resource.key.namespace_name;
  const auto refused =
      refused_part(*(*seen.connection)->spec,
                   {namespace_name, std::move(names.groups), std::move(names.topics)}, labels);
  if (!refused) return std::nullopt;
  return Error{Reason::AccessDenied, access_denied_message(id, namespace_name, *refused)};
}

// What has to be read of the connection before it is known who may use it.
std::optional<Step> read_connection(const Observed& seen, const ConnectionId& id) {
  if (!seen.connection) return ReadConnection{id};
  if (!*seen.connection) return end(seen, seen.connection->error());
  const KafkaConnection& connection = **seen.connection;
  if (!connection.spec) {
    return end(seen, {Reason::ConnectionNotFound, unusable_message(id, connection.spec.error())});
  }
  if (!is_restricted(id) || !needs_labels(*connection.spec)) return std::nullopt;
  if (!seen.namespace_labels) return ReadNamespace{seen.resource.key.namespace_name};
  if (!*seen.namespace_labels) return end(seen, seen.namespace_labels->error());
  return std::nullopt;
}

std::optional<Step> read_credentials(const Observed& seen, const ConnectionId& id) {
  if (!seen.credentials) {
    auto holders = holders_of(*(*seen.connection)->spec, secrets_namespace(seen, id));
    if (holders.empty()) return std::nullopt;
    return ReadCredentials{std::move(holders)};
  }
  if (*seen.credentials) return std::nullopt;
  Error error = seen.credentials->error();
  error.message = fmt::format("{}: {}", id.to_string(), error.message);
  return end(seen, error);
}

Result<Connection> connection_in(const Observed& seen) {
  const auto id = connection_of(seen.resource);
  if (!id) return Connection{{}, spec_of(seen).bootstrap_servers, {}, {}, {}};
  return connect(**seen.connection, secrets_namespace(seen, *id),
                 seen.credentials ? **seen.credentials : Credentials{});
}

}  // namespace

Step connect_first(const Observed& seen, Step step) {
  auto names = named_in(step);
  if (!names) return step;
  if (auto error = refused_by_policy(seen)) return end(seen, *error);
  if (const auto id = connection_of(seen.resource)) {
    if (auto read = read_connection(seen, *id)) return *std::move(read);
    if (auto error = denied(seen, *id, *std::move(names))) return end(seen, *error);
    if (auto read = read_credentials(seen, *id)) return *std::move(read);
  }
  const auto connection = connection_in(seen);
  if (!connection) return end(seen, connection.error());
  return addressed(std::move(step), *connection);
}

std::optional<Error> denied(const Observed& seen, const ReadRequest& request,
                            const std::vector<Row>& rows) {
  const auto id = connection_of(seen.resource);
  if (!id) return std::nullopt;
  Request names;
  add(names, request);
  for (const Row& row : rows) names.topics.insert(row.topic);
  return denied(seen, *id, std::move(names));
}

std::optional<Connection> reach_of(const Observed& seen) {
  if (!seen.resource.spec) return std::nullopt;
  const bool is_ready = !spec_of(seen).connection_ref ||
                        (seen.connection && *seen.connection && (*seen.connection)->spec &&
                         (!seen.credentials || *seen.credentials));
  if (!is_ready) return std::nullopt;
  auto connection = connection_in(seen);
  return connection ? std::optional(*std::move(connection)) : std::nullopt;
}

std::optional<ConnectionId> connection_of(const OffsetReset& resource) {
  if (!resource.spec || !resource.spec->connection_ref) return std::nullopt;
  const auto& [kind, name] = *resource.spec->connection_ref;
  const bool is_namespaced = kind == ConnectionKind::KafkaConnection;
  return ConnectionId{kind, {is_namespaced ? resource.key.namespace_name : "", name}};
}

// The same for every spelling of one list; what can't be parsed is like no other.
std::string cluster_name(const OffsetReset& resource) {
  if (!resource.spec) return {};
  if (const auto id = connection_of(resource)) return id->to_string();
  const auto servers = parse_bootstrap_servers(resource.spec->bootstrap_servers);
  if (!servers) return resource.spec->bootstrap_servers;
  return fmt::format("{}", fmt::join(*servers, ","));
}

}  // namespace core
