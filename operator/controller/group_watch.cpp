#include "controller/group_watch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/backoff.h"

namespace controller {
namespace {

using core::ObjectKey;

// Who is in a group, but for the order in which the broker names them.
bool is_same(const GroupWatch::Seen& a, const GroupWatch::Seen& b) {
  if (!a || !b) return !a && !b && a.error() == b.error();
  const auto members = [](const core::GroupSnapshot& group) {
    return std::multiset<core::Member>(group.members.begin(), group.members.end());
  };
  return a->is_active() == b->is_active() && members(*a) == members(*b);
}

bool was_active(const GroupWatch::Seen& seen) { return seen && seen->is_active(); }

bool is_away(const core::GroupSnapshots& found) {
  return std::all_of(found.begin(), found.end(), [](const auto& group) {
    return !group.second && group.second.error().reason == core::Reason::KafkaUnavailable;
  });
}

}  // namespace

GroupWatch::GroupWatch(core::Kafka& kafka, News news, Timing timing)
    : kafka_(kafka), news_(std::move(news)), timing_(timing) {}

// Those that have ended are done with the mutex too, so they can be joined here.
GroupWatch::Cluster& GroupWatch::cluster_of(const core::Connection& connection) {
  std::erase_if(clusters_, [](const auto& cluster) { return cluster.second->has_ended; });
  auto& cluster = clusters_[connection];
  if (!cluster) {
    cluster = std::make_unique<Cluster>();
    cluster->thread =
        std::jthread([this, connection, here = cluster.get()](const std::stop_token& stop) {
          run(stop, connection, *here);
        });
  }
  return *cluster;
}

void GroupWatch::watch(const ObjectKey& key, const core::Connection& connection,
                       const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return;
  Cluster& cluster = cluster_of(connection);
  const auto known = where_.find(key);
  if (known != where_.end() && known->second != &cluster) known->second->waiting.erase(key);
  auto& waiting = cluster.waiting[key];
  const bool is_known = waiting.group == group && waiting.seen && was_active(*waiting.seen);
  if (!is_known) waiting = {group, cluster.looks + 1, std::nullopt};
  where_[key] = &cluster;
  changed_.notify_all();
}

void GroupWatch::doubt(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  Waiting& waiting = found->second->waiting.at(key);
  if (waiting.seen && !was_active(*waiting.seen)) return;
  waiting = {waiting.group, found->second->looks + 1, std::nullopt};
}

void GroupWatch::forget(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  found->second->waiting.erase(key);
  where_.erase(found);
}

std::optional<GroupWatch::Seen> GroupWatch::last_seen(const ObjectKey& key,
                                                      const std::string& group) const {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find(key);
  if (found == where_.end()) return std::nullopt;
  const Waiting& waiting = found->second->waiting.at(key);
  return waiting.group == group ? waiting.seen : std::nullopt;
}

std::vector<ObjectKey> GroupWatch::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectKey> keys;
  for (const auto& [key, cluster] : where_) keys.push_back(key);
  return keys;
}

void GroupWatch::stop() {
  std::map<core::Connection, std::unique_ptr<Cluster>> clusters;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    where_.clear();
    clusters.swap(clusters_);
  }
  for (const auto& [connection, cluster] : clusters) cluster->thread.request_stop();
  for (const auto& [connection, cluster] : clusters) cluster->thread.join();
}

std::size_t GroupWatch::threads() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(clusters_.begin(), clusters_.end(),
                    [](const auto& cluster) { return !cluster.second->has_ended; }));
}

std::vector<std::string> GroupWatch::groups_of(const Cluster& cluster) {
  std::set<std::string> groups;
  for (const auto& [key, waiting] : cluster.waiting) groups.insert(waiting.group);
  return {groups.begin(), groups.end()};
}

// Whom there is news for.
std::vector<ObjectKey> GroupWatch::take(Cluster& cluster, std::uint64_t look,
                                        const core::GroupSnapshots& found) {
  std::vector<ObjectKey> news;
  for (auto& [key, waiting] : cluster.waiting) {
    const auto seen = found.find(waiting.group);
    if (seen == found.end() || look < waiting.first_look) continue;  // asked for since
    if (!waiting.seen || !is_same(*waiting.seen, seen->second)) news.push_back(key);
    waiting.seen = seen->second;
  }
  return news;
}

void GroupWatch::run(const std::stop_token& stop, const core::Connection& connection,
                     Cluster& cluster) {
  base::Backoff pause(timing_.tick, timing_.longest_pause);
  std::unique_lock lock(mutex_);
  while (changed_.wait_for(lock, stop, timing_.idle, [&] { return !cluster.waiting.empty(); })) {
    const auto groups = groups_of(cluster);
    const auto look = ++cluster.looks;
    lock.unlock();
    const auto found = kafka_.describe(connection, groups);
    lock.lock();
    if (stop.stop_requested()) return;
    const auto news = take(cluster, look, found);
    lock.unlock();
    for (const ObjectKey& key : news) news_(key);
    if (!is_away(found)) pause.reset();
    const auto delay = pause.next();
    lock.lock();
    changed_.wait_for(lock, stop, delay, [] { return false; });
  }
  cluster.has_ended = true;
}

}  // namespace controller
