#include "controller/connection_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>
#include <variant>

#include "base/log.h"
#include "controller/credentials.h"
#include "core/conditions.h"
#include "core/credentials.h"
#include "core/overloaded.h"
#include "core/resource_version.h"

namespace controller {
namespace {

using core::ConnectionId;
using core::KafkaConnection;
using core::Reason;

// Of clusters that don't answer, each takes seconds.
constexpr std::size_t kWorkers = 4;

// The queue knows keys of objects. A namespace tells the two kinds apart: only one of them has it.
ConnectionId id_of(const core::ObjectKey& key) {
  return {key.namespace_name.empty() ? core::ConnectionKind::ClusterKafkaConnection
                                     : core::ConnectionKind::KafkaConnection,
          key};
}

bool is_other(const KafkaConnection& a, const KafkaConnection& b) {
  return a.uid != b.uid || a.generation != b.generation;
}

core::Error outcome_of(const KafkaConnection& connection,
                       const core::Result<core::ClusterDescription>& seen) {
  if (!seen) return seen.error();
  return {Reason::Connected,
          fmt::format("reached the cluster {} with {} broker{}", seen->id, seen->brokers,
                      seen->brokers == 1 ? "" : "s") +
              (connection.id.kind == core::ConnectionKind::ClusterKafkaConnection &&
                       connection.spec->access.empty()
                   ? "; spec.access is empty and admits no namespace"
                   : "")};
}

}  // namespace

ConnectionChecks::Known::Known(KafkaConnection seen, const Timing& timing)
    : connection(std::move(seen)), backoff(timing.first_retry, timing.longest_retry) {}

ConnectionChecks::ConnectionChecks(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now,
                                   core::Policy policy, News news, Timing timing)
    : kafka_(kafka),
      kubernetes_(kubernetes),
      now_(std::move(now)),
      policy_(std::move(policy)),
      news_(std::move(news)),
      timing_(timing),
      queue_([](const core::ObjectKey& key) { return key.to_string(); }) {}

void ConnectionChecks::start() {
  for (std::size_t i = 0; i < kWorkers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

void ConnectionChecks::stop() {
  for (auto& worker : workers_) worker.request_stop();
}

void ConnectionChecks::schedule(const ConnectionId& id) { queue_.add(id.key); }

// Our own status writes come back, too: only another spec is news. With mutex_ held.
bool ConnectionChecks::take_in(const KafkaConnection& connection) {
  const auto found = known_.find(connection.id);
  if (found == known_.end()) {
    const auto known = known_.emplace(connection.id, Known(connection, timing_)).first;
    known->second.is_due = !is_ready(connection.status, connection.generation);
    if (known->second.is_due) schedule(connection.id);
    return true;
  }
  Known& known = found->second;
  if (!is_other(known.connection, connection)) {
    if (core::is_older_version(known.connection.resource_version, connection.resource_version)) {
      known.connection = connection;
    }
    return false;
  }
  known = Known(connection, timing_);
  schedule(connection.id);
  return true;
}

// With mutex_ held. Which are another now, or gone.
std::vector<ConnectionId> ConnectionChecks::relist(const core::ConnectionsRelisted& list) {
  std::set<ConnectionId> listed;
  for (const KafkaConnection& connection : list.connections) listed.insert(connection.id);
  std::vector<ConnectionId> changed;
  std::erase_if(known_, [&](const auto& known) {
    const ConnectionId& id = known.first;
    const bool is_in_scope = id.kind == list.kind && (list.namespace_name.empty() ||
                                                      id.key.namespace_name == list.namespace_name);
    const bool is_gone = is_in_scope && !listed.contains(id);
    if (is_gone) changed.push_back(id);
    return is_gone;
  });
  for (const KafkaConnection& connection : list.connections) {
    if (take_in(connection)) changed.push_back(connection.id);
  }
  return changed;
}

void ConnectionChecks::on_change(core::ConnectionChange change) {
  std::vector<ConnectionId> changed;
  {
    const std::lock_guard lock(mutex_);
    std::visit(core::Overloaded{
                   [&](const core::ConnectionsRelisted& list) { changed = relist(list); },
                   [&](const core::ConnectionApplied& applied) {
                     if (take_in(applied.connection)) changed.push_back(applied.connection.id);
                   },
                   [&](const core::ConnectionDeleted& deleted) {
                     if (known_.erase(deleted.id) > 0) changed.push_back(deleted.id);
                   },
               },
               change);
  }
  for (const ConnectionId& id : changed) news_(id);
}

void ConnectionChecks::used(const ConnectionId& id, const core::Error& outcome) {
  const bool has_failed =
      outcome.reason == Reason::NotAuthenticated || outcome.reason == Reason::SecretNotFound ||
      outcome.reason == Reason::ConfigMapNotFound || outcome.reason == Reason::KafkaUnavailable;
  const bool has_worked = outcome.reason == Reason::OffsetsReset ||
                          outcome.reason == Reason::NothingToReset ||
                          outcome.reason == Reason::GroupActive;
  if (!has_failed && !has_worked) return;
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  Known& known = found->second;
  const bool is_said_to_work = is_ready(known.connection.status, known.connection.generation);
  if (is_said_to_work == has_worked || (known.is_due && has_failed)) return;
  known.is_due = true;
  schedule(id);
}

void ConnectionChecks::work(const std::stop_token& stop) {
  while (const auto lease = queue_.take(stop)) {
    const ConnectionId id = id_of(lease->key());
    try {
      check(id, stop);
    } catch (const std::exception& error) {
      base::log_error("the check of a connection threw",
                      {{"connection", id.to_string()}, {"error", error.what()}});
      queue_.add_after(id.key, timing_.longest_retry);
    }
  }
}

core::Result<core::ClusterDescription> ConnectionChecks::look(const KafkaConnection& connection,
                                                              const std::stop_token& stop) {
  if (!connection.spec) return tl::unexpected<core::Error>(connection.spec.error());
  const bool is_namespaced = connection.id.kind == core::ConnectionKind::KafkaConnection;
  const std::string& secrets =
      is_namespaced ? connection.id.key.namespace_name : policy_.operator_namespace;
  const auto credentials = read_credentials(kubernetes_, holders_of(*connection.spec, secrets));
  if (!credentials) return tl::unexpected<core::Error>(credentials.error());
  const auto reach = connect(connection, secrets, *credentials);
  if (!reach) return tl::unexpected<core::Error>(reach.error());
  if (stop.stop_requested()) return core::fail(Reason::Conflict, "the operator stops");
  return kafka_.describe_cluster(*reach);
}

void ConnectionChecks::check(const ConnectionId& id, const std::stop_token& stop) {
  std::optional<KafkaConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    if (found == known_.end()) return;
    connection = found->second.connection;
  }
  const auto seen = look(*connection, stop);
  if (!stop.stop_requested()) conclude(*connection, seen);
}

void ConnectionChecks::conclude(const KafkaConnection& connection,
                                const core::Result<core::ClusterDescription>& seen) {
  const bool has_worked = is_ready(connection.status, connection.generation);
  KafkaConnection wanted = connection;
  set_outcome(wanted.status, outcome_of(connection, seen), connection.generation, now_());
  if (connection.spec) wanted.status.auth = auth_of(*connection.spec);
  if (seen) {
    wanted.status.cluster_id = seen->id;
    wanted.status.brokers = seen->brokers;
  }
  const bool is_news = wanted.status != connection.status;
  core::Result<KafkaConnection> written = wanted;
  if (is_news) written = kubernetes_.write_connection_status(wanted);
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(connection.id);
    if (found == known_.end() || is_other(found->second.connection, connection)) return;
    Known& known = found->second;
    if (written) known.connection = *written;
    known.is_due = !seen || !written;
    if (known.is_due) {
      const bool is_retried = seen || seen.error().reason != Reason::InvalidSpec || !written;
      if (is_retried) queue_.add_after(connection.id.key, known.backoff.next());
    } else {
      known.backoff.reset();
    }
  }
  base::log(!is_news ? base::Level::Debug
            : seen   ? base::Level::Info
                     : base::Level::Warning,
            "connection",
            {{"connection", connection.id.to_string()},
             {"reason", to_string(seen ? Reason::Connected : seen.error().reason)},
             {"message", seen ? std::string() : seen.error().message}});
  if (seen && !has_worked) news_(connection.id);
}

}  // namespace controller
