#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "kube/errors.h"

namespace kube {

// Where list and watch stand, and so what to ask next. Pure: the watcher does the asking. The
// manner is that of kube-rs' watcher: one state, one outcome, the next state.
struct WatchState {
  // Stream: a list as the events of a watch, which goes on as a watch when the list is complete
  // (KEP-3157). List: one in pages; what follows on whatever goes wrong with the other.
  enum class Phase : unsigned char { Stream, List, Watch };

  Phase phase = Phase::Stream;
  // Of a list: at least as new as this; "0": any that is at hand; "": the newest. Watch: after
  // this.
  std::string resource_version = "0";
  std::string continue_token;         // List: the next page of one that has begun
  bool can_stream = true;             // the server has not refused a list as a stream
  bool with_selector = true;          // ask for what is not closed only
  bool pause = false;                 // wait before asking
  unsigned failures = 0;              // since the last calm; 1 begins a new series of pauses
  std::chrono::milliseconds calm{0};  // watched since the last failure
  bool has_relisted = false;      // because the version had expired, and nothing was heard since
  bool is_other_history = false;  // the server had not reached what was seen: the list may be older

  bool operator==(const WatchState&) const = default;
};

// A page of the list came.
struct Page {
  std::string resource_version;
  std::string continue_token;  // empty: it was the last
};
// The bookmark that ends the list in a stream came.
struct Synced {
  std::string resource_version;
};
// An event or bookmark came, and was dealt with.
struct Progress {
  std::string resource_version;
};
// The watch ended as watches do: the server closed it.
struct Ended {
  std::chrono::milliseconds lived{0};
  bool was_silent = false;  // no event, no bookmark
};
// The connection of the watch broke, as those through a load balancer do when they were idle.
struct Broken {
  std::chrono::milliseconds lived{0};
};
// 410 Gone in any of its forms: as the answer, for a continue token, or as an ERROR event.
struct Expired {};
// The version is from the future: another server, or one that was restored from a backup.
struct AheadOfServer {};
// 400 to the selector: the server is older than 1.31, or the CRD older than the field.
struct SelectorRefused {};
// The server does no list as a stream (before 1.32 by default), or does not complete it.
struct StreamRefused {};
// 404: the CRD, or the namespace, is not there.
struct Missing {};
// Everything else: it will heal, or not.
struct Failed {
  std::chrono::milliseconds lived{0};
};

using Outcome = std::variant<Page, Synced, Progress, Ended, Broken, Expired, AheadOfServer,
                             SelectorRefused, StreamRefused, Missing, Failed>;

inline constexpr std::chrono::milliseconds kFirstPause{800};
inline constexpr std::chrono::milliseconds kLongestPause{30'000};
inline constexpr std::chrono::seconds kCalm{120};         // watched that long forgives failures
inline constexpr std::chrono::seconds kShortestWatch{1};  // a shorter silent one is a failure
// One that broke sooner is too: it may never have been one, as connecting takes its time.
inline constexpr std::chrono::seconds kShortestConnection{10};

WatchState next(WatchState state, const Outcome& outcome);

// What a failure of list or watch, or an ERROR event, means.
Outcome outcome_of(const Failure& failure, const WatchState& state,
                   std::chrono::milliseconds lived);

// Whether an event of that version has been dealt with before: the server sends it twice.
bool is_repeated(const WatchState& state, std::string_view resource_version);

}  // namespace kube
