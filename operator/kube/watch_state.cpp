#include "kube/watch_state.h"

#include <utility>

#include "core/resource_version.h"

namespace kube {
namespace {

using Phase = WatchState::Phase;

// As a stream once after each watch: one that failed is followed by pages, until a watch succeeds.
WatchState list_again(WatchState state, std::string at_least) {
  state.phase = state.phase == Phase::Watch && state.can_stream ? Phase::Stream : Phase::List;
  state.resource_version = std::move(at_least);
  state.continue_token.clear();
  return state;
}

WatchState watch_after(WatchState state, const std::string& version) {
  state.phase = Phase::Watch;
  state.resource_version = version;
  state.is_other_history = false;
  return state;
}

WatchState after_calm(WatchState state, std::chrono::milliseconds lived) {
  if (state.failures == 0) return state;
  state.calm += lived;
  if (state.calm < kCalm) return state;
  state.failures = 0;
  state.calm = {};
  return state;
}

WatchState fail(WatchState state, std::chrono::milliseconds lived = {}) {
  state = after_calm(std::move(state), lived);
  if (state.phase == Phase::Stream) state.phase = Phase::List;
  ++state.failures;
  state.calm = {};
  state.pause = true;
  return state;
}

struct Transition {
  WatchState state;

  WatchState operator()(const Page& page) {
    state.continue_token = page.continue_token;
    return page.continue_token.empty() ? watch_after(state, page.resource_version) : state;
  }

  WatchState operator()(const Synced& synced) const {
    return watch_after(state, synced.resource_version);
  }

  // Those of a list have the versions of their objects, in no order: none is a place to go on from.
  WatchState operator()(const Progress& progress) {
    if (state.phase != Phase::Watch) return state;
    const bool is_version = !progress.resource_version.empty();
    if (is_version && !core::is_older_version(progress.resource_version, state.resource_version)) {
      state.resource_version = progress.resource_version;
    }
    state.has_relisted = false;
    return state;
  }

  // A version from the future is no error to a watch: the server (1.37) waits in silence until it
  // gets there, for hours after a restore. A list tells; so silence, bookmarks included, is
  // checked.
  WatchState operator()(const Ended& ended) {
    if (state.phase != Phase::Watch) return fail(state);
    if (ended.was_silent && ended.lived < kShortestWatch) return fail(state);
    state.has_relisted = false;
    state = after_calm(state, ended.lived);
    return ended.was_silent ? list_again(state, state.resource_version) : state;
  }

  WatchState operator()(const Broken& broken) const {
    if (state.phase != Phase::Watch || broken.lived < kShortestConnection) {
      return fail(state, broken.lived);
    }
    return after_calm(state, broken.lived);
  }

  // At once, unless the list that follows leads to the same again.
  WatchState operator()(const Expired&) {
    const bool is_again = std::exchange(state.has_relisted, true);
    state = list_again(state, "");
    return is_again ? fail(state) : state;
  }

  WatchState operator()(const AheadOfServer&) {
    state.is_other_history = true;
    return fail(list_again(state, ""));
  }

  WatchState operator()(const SelectorRefused&) {
    state.with_selector = false;
    state.continue_token.clear();  // a token belongs to the selector that it was made for
    // A list of any version comes from the server's cache, which knows no pages: with all of the
    // closed ones it would be too large for one.
    if (state.resource_version == "0") state.resource_version.clear();
    return state;
  }

  WatchState operator()(const StreamRefused&) {
    state.can_stream = false;
    state.phase = Phase::List;
    return state;
  }

  // What the watch knew is gone with the CRD. Never older than what was seen; while the first list
  // has not succeeded that is "0".
  WatchState operator()(const Missing&) const {
    return fail(list_again(state, state.resource_version));
  }

  WatchState operator()(const Failed& failed) const { return fail(state, failed.lived); }
};

// 422: the server knows no such watch, or its feature gate is off. 400 says the same, unless it
// names the selector.
Outcome refusal_of_stream(const Failure& failure, const WatchState& state) {
  const bool is_selector = failure.code == 400 && state.with_selector &&
                           failure.message.find("status.closed") != std::string::npos;
  if (is_selector) return SelectorRefused{};
  return StreamRefused{};
}

}  // namespace

WatchState next(WatchState state, const Outcome& outcome) {
  state.pause = false;
  return std::visit(Transition{std::move(state)}, outcome);
}

Outcome outcome_of(const Failure& failure, const WatchState& state,
                   std::chrono::milliseconds lived) {
  if (failure.is_version_too_large) return AheadOfServer{};
  if (failure.code == 410) return Expired{};
  if (failure.code == 404) return Missing{};
  if (state.phase == Phase::Stream && (failure.code == 400 || failure.code == 422)) {
    return refusal_of_stream(failure, state);
  }
  // A token that the server can't read, for it was another's; the selector has been taken before.
  if (failure.code == 400 && !state.continue_token.empty()) return Expired{};
  if (failure.code == 400 && state.with_selector) return SelectorRefused{};
  if (failure.code == 0 && state.phase == Phase::Watch) return Broken{lived};
  return Failed{lived};
}

bool is_repeated(const WatchState& state, std::string_view resource_version) {
  if (state.phase != Phase::Watch || resource_version.empty()) return false;
  return resource_version == state.resource_version ||
         core::is_older_version(resource_version, state.resource_version);
}

}  // namespace kube
