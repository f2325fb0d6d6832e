#include "kube/watch_state.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using kube::Outcome;
using kube::WatchState;
using Phase = WatchState::Phase;

WatchState listing(const std::string& version, const std::string& token = "") {
  WatchState state;
  state.resource_version = version;
  state.continue_token = token;
  return state;
}

WatchState watching(const std::string& version) {
  WatchState state;
  state.phase = Phase::Watch;
  state.resource_version = version;
  return state;
}

WatchState with_failures(WatchState state, unsigned failures, bool pause = false) {
  state.failures = failures;
  state.pause = pause;
  return state;
}

WatchState relisted(WatchState state) {
  state.has_relisted = true;
  return state;
}

WatchState without_selector(WatchState state) {
  state.with_selector = false;
  return state;
}

TEST_CASE("it begins with a list of whatever version is at hand, of what is not closed") {
  const WatchState state;
  CHECK(state == listing("0"));
  CHECK(state.with_selector);
  CHECK_FALSE(state.pause);
}

struct Row {
  const char* sentence;
  WatchState state;
  Outcome outcome;
  WatchState expected;
};

TEST_CASE("list and watch go on by what came of the last request") {
  const Row rows[] = {
      {"a page with a token is followed by the next page", listing("0"), kube::Page{"7", "token"},
       listing("0", "token")},
      {"a page after a page", listing("0", "token"), kube::Page{"7", "token2"},
       listing("0", "token2")},
      {"the last page is followed by a watch from the list's version", listing("0", "token"),
       kube::Page{"7", ""}, watching("7")},
      {"an event moves the version", watching("7"), kube::Progress{"8"}, watching("8")},
      {"an event without a version does not", watching("7"), kube::Progress{""}, watching("7")},
      {"a watch that ended is resumed from the last version", watching("8"),
       kube::Ended{400s, false}, watching("8")},
      {"so is one that ended soon, but brought something", watching("8"), kube::Ended{10ms, false},
       watching("8")},
      {"one that ended in under a second and was silent failed", watching("8"),
       kube::Ended{999ms, true}, with_failures(watching("8"), 1, true)},
      {"one that was silent for long is checked by a list, not older than what was seen",
       watching("8"), kube::Ended{400s, true}, listing("8")},
      {"a failed list is repeated after a pause", listing("0"), kube::Failed{},
       with_failures(listing("0"), 1, true)},
      {"a failed page is repeated, not the pages before it", listing("0", "token"), kube::Failed{},
       with_failures(listing("0", "token"), 1, true)},
      {"a failed watch is resumed after a pause", watching("8"), kube::Failed{1s},
       with_failures(watching("8"), 1, true)},
      {"failures in a row are counted", with_failures(watching("8"), 3, true), kube::Failed{1s},
       with_failures(watching("8"), 4, true)},
      {"a success between them does not forgive them", with_failures(listing("0"), 3, true),
       kube::Page{"7", ""}, with_failures(watching("7"), 3)},
      {"two minutes of calm do", with_failures(watching("8"), 3), kube::Ended{120s, false},
       watching("8")},
      {"two minutes of calm before a failure do too", with_failures(watching("8"), 3),
       kube::Failed{120s}, with_failures(watching("8"), 1, true)},
      {"an expired version is followed at once by a list of the newest", watching("8"),
       kube::Expired{}, relisted(listing(""))},
      {"so is an expired continue token", listing("8", "token"), kube::Expired{},
       relisted(listing(""))},
      {"the list of the newest keeps its mark", relisted(listing("")), kube::Page{"9", ""},
       relisted(watching("9"))},
      {"an event takes the mark away", relisted(watching("9")), kube::Progress{"10"},
       watching("10")},
      {"expired again, and nothing heard since: not at once", relisted(watching("9")),
       kube::Expired{}, with_failures(relisted(listing("")), 1, true)},
      {"a version from the future is given up, after a pause", watching("900"),
       kube::AheadOfServer{}, with_failures(listing(""), 1, true)},
      {"without the field selector where the server refuses it", listing("0"),
       kube::SelectorRefused{}, without_selector(listing("0"))},
      {"in the watch too", watching("8"), kube::SelectorRefused{}, without_selector(watching("8"))},
      {"a page of the other selector is of no use", listing("0", "token"), kube::SelectorRefused{},
       without_selector(listing("0"))},
      {"where the resource is not known, it waits for it", listing("0"), kube::Missing{},
       with_failures(listing("0"), 1, true)},
      {"where it was known, never back to an older version", watching("8"), kube::Missing{},
       with_failures(listing("8"), 1, true)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sentence);
    CHECK(kube::next(row.state, row.outcome) == row.expected);
  }
}

TEST_CASE("a failure is classed by its code, and by what was asked") {
  const auto index_of = [](kube::Failure failure, bool with_selector = true) {
    WatchState state;
    state.with_selector = with_selector;
    return kube::outcome_of(failure, state, 5s).index();
  };
  const auto code = [](int http) {
    kube::Failure failure;
    failure.code = http;
    return failure;
  };
  CHECK(index_of(code(410)) == Outcome(kube::Expired{}).index());
  CHECK(index_of(code(404)) == Outcome(kube::Missing{}).index());
  CHECK(index_of(code(400)) == Outcome(kube::SelectorRefused{}).index());
  CHECK(index_of(code(400), false) == Outcome(kube::Failed{}).index());
  for (const int http : {0, 401, 403, 429, 500, 503, 504}) {
    CHECK(index_of(code(http)) == Outcome(kube::Failed{}).index());
  }
  kube::Failure too_large = code(504);
  too_large.is_version_too_large = true;
  CHECK(index_of(too_large) == Outcome(kube::AheadOfServer{}).index());
}

}  // namespace
