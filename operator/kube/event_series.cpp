#include "kube/event_series.h"

#include <utility>

namespace kube {

EventSeries::Key EventSeries::key_of(const Telling& telling) {
  return {telling.regarding.uid, telling.reason, telling.note};
}

std::optional<EventSeries::Member> EventSeries::find(const Telling& telling, TimePoint now) {
  std::erase_if(told_, [&](const auto& entry) { return now - entry.second.at >= kEnd; });
  const auto it = told_.find(key_of(telling));
  if (it == told_.end()) return std::nullopt;
  return Member{it->second.member.name, it->second.member.count + 1};
}

void EventSeries::told(const Telling& telling, Member member, TimePoint now) {
  told_.insert_or_assign(key_of(telling), Told{std::move(member), now});
}

void EventSeries::forget(const Telling& telling) { told_.erase(key_of(telling)); }

}  // namespace kube
