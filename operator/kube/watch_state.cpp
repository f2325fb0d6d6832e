#include "kube/watch_state.h"

#include <utility>

namespace kube {
namespace {

using Phase = WatchState::Phase;

WatchState list_again(WatchState state, std::string at_least) {
  state.phase = Phase::List;
  state.resource_version = std::move(at_least);
  state.continue_token.clear();
  return state;
}

WatchState fail(WatchState state, std::chrono::milliseconds lived = {}) {
  state.failures = lived >= kCalm ? 1 : state.failures + 1;
  state.pause = true;
  return state;
}

struct Transition {
  WatchState state;

  WatchState operator()(const Page& page) {
    state.continue_token = page.continue_token;
    if (!page.continue_token.empty()) return state;
    state.phase = Phase::Watch;
    state.resource_version = page.resource_version;
    return state;
  }

  WatchState operator()(const Progress& progress) {
    if (!progress.resource_version.empty()) state.resource_version = progress.resource_version;
    state.has_relisted = false;
    return state;
  }

  // A version from the future is no error to a watch: the server (1.37) waits in silence until it
  // gets there, for hours after a restore. A list tells; so silence, bookmarks included, is
  // checked.
  WatchState operator()(const Ended& ended) {
    if (ended.was_silent && ended.lived < kShortestWatch) return fail(state);
    state.has_relisted = false;
    if (ended.lived >= kCalm) state.failures = 0;
    return ended.was_silent ? list_again(state, state.resource_version) : state;
  }

  // At once, unless the list that follows leads to the same again.
  WatchState operator()(const Expired&) {
    const bool is_again = std::exchange(state.has_relisted, true);
    state = list_again(state, "");
    return is_again ? fail(state) : state;
  }

  WatchState operator()(const AheadOfServer&) const { return fail(list_again(state, "")); }

  WatchState operator()(const SelectorRefused&) {
    state.with_selector = false;
    state.continue_token.clear();  // a token belongs to the selector that it was made for
    return state;
  }

  // What the watch knew is gone with the CRD. Never older than what was seen; while the first list
  // has not succeeded that is "0".
  WatchState operator()(const Missing&) const {
    return fail(list_again(state, state.resource_version));
  }

  WatchState operator()(const Failed& failed) const { return fail(state, failed.lived); }
};

}  // namespace

WatchState next(WatchState state, const Outcome& outcome) {
  state.pause = false;
  return std::visit(Transition{std::move(state)}, outcome);
}

Outcome outcome_of(const Failure& failure, const WatchState& state,
                   std::chrono::milliseconds lived) {
  if (failure.is_version_too_large) return AheadOfServer{};
  if (failure.code == 410) return Expired{};
  if (failure.code == 400 && state.with_selector) return SelectorRefused{};
  if (failure.code == 404) return Missing{};
  return Failed{lived};
}

}  // namespace kube
