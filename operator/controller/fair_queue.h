#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/offset_reset.h"

namespace controller {

// Fresh: somebody has just done something, and watches. Background: it was there when we came, or
// its time has come.
enum class Priority : std::uint8_t { Fresh, Background };

// Which key that is due comes next. Keys have lanes, one a Kafka cluster: the next one is of the
// lane that the fewest workers are at, among those of the lane served longest ago, so that a
// cluster that hangs holds up no other. Within a lane by priority, then in order. Not thread-safe.
class FairQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Taken {
    core::ObjectKey key;
    std::string lane;
    TimePoint since;
  };

  // A key that is there already stays where it is, unless this priority is higher.
  void push(const core::ObjectKey& key, const std::string& lane, Priority priority,
            TimePoint since);

  // For a worker, which is then at the lane until it is done. The last idle worker gets only keys
  // of lanes that none is at: a lane never has them all.
  std::optional<Taken> pop(bool is_last_idle_worker);
  void done(const std::string& lane);

  std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    Priority priority;
    std::uint64_t number;  // in order of arrival
    TimePoint since;
    core::ObjectKey key;
    auto operator<=>(const Place&) const = default;
  };
  struct Lane {
    std::set<Place> keys;
    std::size_t workers = 0;
    std::uint64_t served = 0;  // a number that grows from pop to pop
  };
  using Lanes = std::map<std::string, Lane>;

  Lanes::iterator next_lane(bool is_last_idle_worker);

  Lanes lanes_;
  std::map<core::ObjectKey, std::pair<std::string, Place>> places_;  // with the lane
  std::uint64_t arrivals_ = 0;
  std::uint64_t served_ = 0;
};

}  // namespace controller
