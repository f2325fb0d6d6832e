#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <string>

#include "kube/event_object.h"

namespace kube {

// Which events were told lately, so that one that is told again counts up the first one instead of
// being another. As client-go has it: a series ends when it has not been heard of for six minutes.
// Not thread-safe.
class EventSeries {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kEnd{6};

  struct Member {
    std::string name;  // of the event that the series is counted in
    int count = 0;     // with this one
  };

  // The series that it goes on with, if there is one.
  std::optional<Member> find(const Telling& telling, TimePoint now);
  // It was told, as that member.
  void told(const Telling& telling, Member member, TimePoint now);
  // The server does not have the event any more.
  void forget(const Telling& telling);

 private:
  struct Key {
    std::string uid;
    std::string reason;
    std::string note;
    auto operator<=>(const Key&) const = default;
  };
  struct Told {
    Member member;
    TimePoint at;
  };
  static Key key_of(const Telling& telling);

  std::map<Key, Told> told_;
};

}  // namespace kube
