#include "kafka/admin.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/backoff.h"
#include "kafka/call.h"
#include "kafka/cluster_description.h"
#include "kafka/commit_history.h"
#include "kafka/commit_offsets.h"
#include "kafka/errors.h"
#include "kafka/group_description.h"
#include "kafka/partition_list.h"
#include "kafka/snapshot_reader.h"
#include "kafka/topic_description.h"

namespace kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
// Of it, for one client: an answer that a coordinator on the move has lost comes to another one.
constexpr std::chrono::seconds kPatienceWithOne{4};
constexpr int kAttempts = 6;

// A connection that failed has had its second chances within the call.
bool may_pass_by_itself(const core::Error& error, Client& client) {
  return error.reason == core::Reason::KafkaUnavailable && !client.failures().error();
}

// Of a commit for several topics, Kafka refuses those that are not there or may not be read, and
// applies the others. So they are looked at first: all of it, or nothing.
core::Result<void> check_topics_of(const Channel& channel, const core::CommitRequest& request) {
  const auto topics = topics_of(request.offsets);
  if (topics.size() < 2) return {};
  const auto descriptions = describe_topics(channel, topics, true);
  if (!descriptions) return tl::unexpected(descriptions.error());
  if (auto good = check_rights(*descriptions, request.group); !good) return good;
  return check_topics(*descriptions);
}

// Members keep only the commits of topics that they subscribe to, so it is looked who is there. And
// where a broker does not know OffsetDelete (Kafka before 2.4, and some that only speak Kafka's
// protocol), 2.14 gives a queue back twice and aborts the process.
core::Result<void> check_deletable(const Channel& channel, const core::CommitRequest& request) {
  const Task task{Operation::Delete, request.group, topics_of(request.deletions)};
  const auto group = ask(channel, describe_group(request.group), group_in);
  if (!group) return tl::unexpected(group.error());
  if (group->is_active()) {
    return tl::unexpected(error_of(task, RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP));
  }
  if (channel.client.can_delete_commits()) return {};
  return tl::unexpected(error_of(task, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE));
}

core::Result<void> apply(const Channel& channel, const core::CommitRequest& request) {
  const auto check = request.deletions.empty() ? check_topics_of : check_deletable;
  if (auto good = check(channel, request); !good) return good;
  return ask(channel, commit_request(request), check_commit);
}

template <typename T>
core::Result<T> addressed(core::Result<T> result, const core::Connection& connection) {
  return std::move(result).map_error(
      [&](core::Error&& error) { return kafka::addressed(std::move(error), connection); });
}

// A connection that can't be right is mended there, not in the reset that names it.
core::Error unusable(core::Error error, const core::Connection& connection) {
  if (error.reason == core::Reason::InvalidSpec && !connection.name.empty()) {
    error.reason = core::Reason::ConnectionNotFound;
  }
  return error;
}

}  // namespace

Admin::Admin(base::Metrics& metrics, milliseconds commit_deadline)
    : commit_deadline_(commit_deadline), metrics_(metrics) {}

// Never retries: whoever watches asks again soon. A client of which one group can't be asked is not
// kept: it may have an old idea of who coordinates it.
core::GroupSnapshots Admin::describe(const core::Connection& connection,
                                     const std::vector<std::string>& groups) {
  auto lease = pool_.take(connection);
  core::GroupSnapshots found;
  if (!lease) {
    for (const auto& group : groups) {
      found.emplace(group, tl::unexpected<core::Error>(unusable(lease.error(), connection)));
    }
    return found;
  }
  found = describe_groups({lease->client(), metrics_, steady_clock::now() + kPatience}, groups);
  const bool has_failed = std::any_of(found.begin(), found.end(), [](const auto& group) {
    return !group.second && group.second.error().reason == core::Reason::KafkaUnavailable;
  });
  if (!has_failed) lease->keep();
  for (auto& [name, group] : found) group = addressed(std::move(group), connection);
  return found;
}

core::Result<core::Snapshot> Admin::read(const core::ReadRequest& request) {
  const auto deadline = steady_clock::now() + kPatience;
  base::Backoff pause(milliseconds(200), milliseconds(800));
  for (int attempt = 1;; ++attempt) {
    auto lease = pool_.take(request.connection);
    if (!lease) return tl::unexpected(unusable(lease.error(), request.connection));
    const auto until = std::min<Deadline>(deadline, steady_clock::now() + kPatienceWithOne);
    auto snapshot = read_snapshot({lease->client(), metrics_, until}, request);
    if (snapshot) {
      lease->keep();
      return snapshot;
    }
    const auto delay = pause.next();
    if (attempt == kAttempts || !may_pass_by_itself(snapshot.error(), lease->client()) ||
        steady_clock::now() + delay >= deadline) {
      return addressed(std::move(snapshot), request.connection);
    }
    std::this_thread::sleep_for(delay);
  }
}

core::Result<void> Admin::commit(const core::CommitRequest& request) {
  if (request.offsets.empty() && request.deletions.empty()) return {};
  auto lease = pool_.take(request.connection);
  if (!lease) return tl::unexpected(unusable(lease.error(), request.connection));
  auto done = apply({lease->client(), metrics_, steady_clock::now() + commit_deadline_}, request);
  if (done) lease->keep();
  return addressed(std::move(done), request.connection);
}

// Not kept: the handle has consumed, and the next one is to find a fresh one.
core::Result<bool> Admin::was_committed(const core::HistoryRequest& request) {
  auto lease = pool_.take(request.connection);
  if (!lease) return tl::unexpected(unusable(lease.error(), request.connection));
  return addressed(
      find_commit({lease->client(), metrics_, steady_clock::now() + kPatience}, request),
      request.connection);
}

core::Result<core::ClusterDescription> Admin::describe_cluster(const core::Connection& connection) {
  auto lease = pool_.take(connection);
  if (!lease) return tl::unexpected(std::move(lease).error());
  auto cluster =
      kafka::describe_cluster({lease->client(), metrics_, steady_clock::now() + kPatience});
  if (cluster) lease->keep();
  return cluster;
}

}  // namespace kafka
