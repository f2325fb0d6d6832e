#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/offset_reset.h"
#include "core/ports.h"

namespace controller {

// The latest known state of every open resource, from the watch and from our own writes (so a
// worker never decides on something older than what it wrote itself), and whose turn it is among
// the resets of one group. Thread-safe.
class Store {
 public:
  // Takes a change in; returns the keys that are to be looked at because of it.
  std::vector<core::ObjectKey> apply(core::Change change);

  // Takes in what the API server answered to our own write.
  void wrote(const core::OffsetReset& resource, core::TimePoint now);

  struct Entry {
    core::OffsetReset resource;
    std::optional<core::TimePoint> last_write;  // by this process
  };
  std::optional<Entry> find(const core::ObjectKey& key) const;

  // The turn to work on the resource's group. It is refused while another resource of the group
  // comes first or is worked on: then the result names that one. A turn must be given back with
  // end_turn, which returns whose turn it is now, if it is another's.
  std::optional<core::ObjectKey> begin_turn(const core::OffsetReset& resource);
  std::optional<core::ObjectKey> end_turn(const core::OffsetReset& resource);

  std::size_t size() const;

 private:
  // A group of one Kafka cluster: normalized bootstrap servers, a separator, the group's name.
  using GroupKey = std::string;
  // Saved plans first, then by age, then by name.
  using Place = std::tuple<bool, core::TimePoint, core::ObjectKey>;
  static GroupKey group_key(const core::OffsetReset& resource);
  static Place place(const core::OffsetReset& resource);

  // All of these: with mutex_ held.
  bool put(const core::OffsetReset& resource);
  void insert(const core::OffsetReset& resource);
  void remove(const core::ObjectKey& key);
  bool is_outdated(const core::OffsetReset& resource) const;
  std::optional<core::ObjectKey> first_of(const GroupKey& group) const;
  std::vector<core::ObjectKey> relist(core::Relisted list);
  std::optional<core::ObjectKey> forget(const core::Deleted& gone);  // whose turn it is now

  mutable std::mutex mutex_;
  std::map<core::ObjectKey, Entry> entries_;
  std::map<GroupKey, std::set<Place>> groups_;
  std::map<GroupKey, core::ObjectKey> turns_;  // who is worked on
  // What this process closed, until the watch says that it left: an older event that is still on
  // its way must not bring it back.
  struct Closed {
    std::string uid;
    std::string resource_version;
  };
  std::map<core::ObjectKey, Closed> closed_;
};

}  // namespace controller
