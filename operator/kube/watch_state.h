#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "kube/errors.h"

namespace kube {

// Where list and watch stand, and so what to ask next. Pure: the watcher does the asking. The
// manner is that of kube-rs' watcher: one state, one outcome, the next state.
struct WatchState {
  enum class Phase : unsigned char { List, Watch };

  Phase phase = Phase::List;
  // List: at least as new as this; "0": any that is at hand; "": the newest. Watch: after this.
  std::string resource_version = "0";
  std::string continue_token;  // List: the next page of one that has begun
  bool with_selector = true;   // ask for what is not closed only
  bool pause = false;          // wait before asking
  unsigned failures = 0;       // since the last calm; 1 begins a new series of pauses
  bool has_relisted = false;   // because the version had expired, and nothing was heard since

  bool operator==(const WatchState&) const = default;
};

// A page of the list came.
struct Page {
  std::string resource_version;
  std::string continue_token;  // empty: it was the last
};
// An event or bookmark of the watch came, and was dealt with.
struct Progress {
  std::string resource_version;
};
// The watch ended as watches do: the server closed it.
struct Ended {
  std::chrono::milliseconds lived{0};
  bool was_silent = false;  // no event, no bookmark
};
// 410 Gone in any of its forms: as the answer, for a continue token, or as an ERROR event.
struct Expired {};
// The version is from the future: another server, or one that was restored from a backup.
struct AheadOfServer {};
// 400 to the selector: the server is older than 1.31, or the CRD older than the field.
struct SelectorRefused {};
// 404: the CRD, or the namespace, is not there.
struct Missing {};
// Everything else: it will heal, or not.
struct Failed {
  std::chrono::milliseconds lived{0};
};

using Outcome =
    std::variant<Page, Progress, Ended, Expired, AheadOfServer, SelectorRefused, Missing, Failed>;

inline constexpr std::chrono::milliseconds kFirstPause{800};
inline constexpr std::chrono::milliseconds kLongestPause{30'000};
inline constexpr std::chrono::seconds kCalm{120};         // a watch that long forgives failures
inline constexpr std::chrono::seconds kShortestWatch{1};  // a shorter silent one is a failure

WatchState next(WatchState state, const Outcome& outcome);

// What a failure of list or watch, or an ERROR event, means.
Outcome outcome_of(const Failure& failure, const WatchState& state,
                   std::chrono::milliseconds lived);

}  // namespace kube
