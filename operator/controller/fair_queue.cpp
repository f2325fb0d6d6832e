#include "controller/fair_queue.h"

#include <tuple>
#include <utility>

namespace controller {

using core::ObjectKey;

void FairQueue::push(const ObjectKey& key, const std::string& lane, Priority priority,
                     TimePoint since) {
  if (const auto known = places_.find(key); known != places_.end()) {
    auto& [known_lane, place] = known->second;
    if (place.priority <= priority) return;
    auto& keys = lanes_.at(known_lane).keys;
    keys.erase(place);
    place.priority = priority;
    place.number = ++arrivals_;
    keys.insert(place);
    return;
  }
  // A new lane begins at the end of the round, or one that comes and goes would always be first.
  const auto found = lanes_.try_emplace(lane, Lane{{}, 0, served_}).first;
  const Place place{priority, ++arrivals_, since, key};
  found->second.keys.insert(place);
  places_.emplace(key, std::pair(lane, place));
}

FairQueue::Lanes::iterator FairQueue::next_lane(bool is_last_idle_worker) {
  auto next = lanes_.end();
  for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
    const Lane& candidate = lane->second;
    if (candidate.keys.empty() || (is_last_idle_worker && candidate.workers > 0)) continue;
    if (next == lanes_.end() || std::tie(candidate.workers, candidate.served) <
                                    std::tie(next->second.workers, next->second.served)) {
      next = lane;
    }
  }
  return next;
}

std::optional<FairQueue::Taken> FairQueue::pop(bool is_last_idle_worker) {
  const auto next = next_lane(is_last_idle_worker);
  if (next == lanes_.end()) return std::nullopt;
  Lane& lane = next->second;
  const Place place = *lane.keys.begin();
  lane.keys.erase(lane.keys.begin());
  places_.erase(place.key);
  ++lane.workers;
  lane.served = ++served_;
  return Taken{place.key, next->first, place.since};
}

void FairQueue::done(const std::string& lane) {
  const auto found = lanes_.find(lane);
  --found->second.workers;
  if (found->second.keys.empty() && found->second.workers == 0) lanes_.erase(found);
}

}  // namespace controller
