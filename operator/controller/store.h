#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/next.h"
#include "core/offset_reset.h"
#include "core/ports.h"

namespace controller {

// The latest known state of every open resource, from the watch and from our own writes (so a
// worker never decides on something older than what it wrote itself), and whose turn it is among
// the resets of one group. Thread-safe.
class Store {
 public:
  using Now = std::function<core::TimePoint()>;
  explicit Store(Now now) : now_(std::move(now)) {}

  // Takes a change in; returns the keys that are to be looked at because of it.
  std::vector<core::ObjectKey> apply(core::Change change);

  // Takes in what the API server answered to our own write.
  void wrote(const core::OffsetReset& resource);
  // Takes in what a pass wants the next one to know.
  void settling(const core::ObjectKey& key, std::optional<core::Settling> settling);
  // Takes in which cluster answered under this name (see core::cluster_name): what is known by
  // other names of the same cluster is one order from then on.
  void learn_cluster(const std::string& cluster_name, const std::string& cluster_id);

  struct Entry {
    core::OffsetReset resource;
    std::optional<core::TimePoint> last_write;  // by this process
    std::optional<core::Settling> settling;
  };
  std::optional<Entry> find(const core::ObjectKey& key) const;

  // The turn to work on the resource's group. It is refused while another resource of the group
  // comes first or is worked on: then the result names that one. One that does not want a turn at
  // `now` (see core::wants_turn) gets none and needs none. A turn must be given back with end_turn,
  // which returns whose turn it is now, if it is another's.
  std::optional<core::ObjectKey> begin_turn(const core::OffsetReset& resource, core::TimePoint now);
  std::optional<core::ObjectKey> end_turn(const core::OffsetReset& resource);

  // The Kafka cluster of a resource: its id, or else its name. Empty where there is none.
  std::string cluster_of(const core::ObjectKey& key) const;

  // Who names this connection.
  std::vector<core::ObjectKey> users_of(const core::ConnectionId& connection) const;

  // How many wait for what will come by itself, by their status.
  std::size_t count_waiting() const;

 private:
  // A group of one Kafka cluster: the cluster, a separator, the group's name.
  using GroupKey = std::string;
  // Saved plans first, then by age, then by name.
  using Place = std::tuple<bool, core::TimePoint, core::ObjectKey>;

  static Place place(const core::OffsetReset& resource);

  // All of these: with mutex_ held.
  std::string cluster_of(const core::OffsetReset& resource) const;
  GroupKey group_key(const core::OffsetReset& resource) const;
  bool put(const core::OffsetReset& resource);
  void insert(const core::OffsetReset& resource);
  void remove(const core::ObjectKey& key);
  bool is_outdated(const core::OffsetReset& resource) const;
  std::optional<core::ObjectKey> first_of(const GroupKey& group, core::TimePoint now) const;
  void forget_versions(const std::function<bool(const core::ObjectKey&)>& is_in_scope);
  std::vector<core::ObjectKey> relist(core::Relisted list);
  std::vector<core::ObjectKey> applied(const core::OffsetReset& resource);
  std::optional<core::ObjectKey> forget(const core::Deleted& gone);  // whose turn it is now

  const Now now_;
  mutable std::mutex mutex_;
  std::map<core::ObjectKey, Entry> entries_;
  std::map<GroupKey, std::set<Place>> groups_;
  std::map<core::ObjectKey, core::OffsetReset> turns_;  // who is worked on
  std::map<std::string, std::string> clusters_;         // ids by name
  // What this process closed, until the watch says that it left: an older event that is still on
  // its way must not bring it back.
  struct Closed {
    std::string uid;
    std::string resource_version;
  };
  std::map<core::ObjectKey, Closed> closed_;
};

}  // namespace controller
