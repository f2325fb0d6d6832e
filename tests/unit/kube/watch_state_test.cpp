#include "kube/watch_state.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using kube::Outcome;
using kube::WatchState;
using Phase = WatchState::Phase;

WatchState streaming(const std::string& version) {
  WatchState state;
  state.resource_version = version;
  return state;
}

WatchState listing(const std::string& version, const std::string& token = "") {
  WatchState state;
  state.phase = Phase::List;
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

WatchState calm_for(WatchState state, std::chrono::milliseconds calm) {
  state.calm = calm;
  return state;
}

WatchState of_other_history(WatchState state) {
  state.is_other_history = true;
  return state;
}

WatchState without_streams(WatchState state) {
  state.can_stream = false;
  return state;
}

WatchState without_selector(WatchState state) {
  state.with_selector = false;
  return state;
}

TEST_CASE("it begins with a list as a stream, of any version at hand, of what is not closed") {
  const WatchState state;
  CHECK(state == streaming("0"));
  CHECK(state.phase == Phase::Stream);
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
      {"a list that came as a stream is followed by the watch in it", streaming("0"),
       kube::Synced{"7"}, watching("7")},
      {"an object of that list is no place to go on from", streaming("0"), kube::Progress{"8"},
       streaming("0")},
      {"a stream that failed is followed by a list in pages", streaming("0"), kube::Failed{5s},
       with_failures(listing("0"), 1, true)},
      {"so is one that broke, whenever that was", streaming("0"), kube::Broken{5s},
       with_failures(listing("0"), 1, true)},
      {"so is one that ended before the list was complete", streaming("0"), kube::Ended{5s, false},
       with_failures(listing("0"), 1, true)},
      {"so is one that the server refuses: at once, and for good", streaming("0"),
       kube::StreamRefused{}, without_streams(listing("0"))},
      {"so is one from an expired version", streaming("8"), kube::Expired{}, relisted(listing(""))},
      {"so is one of what is not there", streaming("0"), kube::Missing{},
       with_failures(listing("0"), 1, true)},
      {"so is one from a version of the future", streaming("900"), kube::AheadOfServer{},
       of_other_history(with_failures(listing(""), 1, true))},
      {"a stream goes on without the selector where the server refuses that", streaming("0"),
       kube::SelectorRefused{}, without_selector(streaming(""))},
      {"a page with a token is followed by the next page", listing("0"), kube::Page{"7", "token"},
       listing("0", "token")},
      {"a page after a page", listing("0", "token"), kube::Page{"7", "token2"},
       listing("0", "token2")},
      {"the last page is followed by a watch from the list's version", listing("0", "token"),
       kube::Page{"7", ""}, watching("7")},
      {"the list of a server that went back counts", of_other_history(listing("")),
       kube::Page{"7", ""}, watching("7")},
      {"an event moves the version", watching("7"), kube::Progress{"8"}, watching("8")},
      {"an event without a version does not", watching("7"), kube::Progress{""}, watching("7")},
      {"one that was sent again does not move it back", watching("10"), kube::Progress{"9"},
       watching("10")},
      {"a watch that ended is resumed from the last version", watching("8"),
       kube::Ended{400s, false}, watching("8")},
      {"so is one that ended soon, but brought something", watching("8"), kube::Ended{10ms, false},
       watching("8")},
      {"one that ended in under a second and was silent failed", watching("8"),
       kube::Ended{999ms, true}, with_failures(watching("8"), 1, true)},
      {"one that was silent for long is checked by a list, not older than what was seen",
       watching("8"), kube::Ended{400s, true}, streaming("8")},
      {"in pages, where the server does no other", without_streams(watching("8")),
       kube::Ended{400s, true}, without_streams(listing("8"))},
      {"a watch whose connection broke is resumed at once", watching("8"), kube::Broken{60s},
       watching("8")},
      {"unless that was at its beginning", watching("8"), kube::Broken{9999ms},
       with_failures(watching("8"), 1, true)},
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
      {"in several watches too", calm_for(with_failures(watching("8"), 3), 60s), kube::Broken{60s},
       watching("8")},
      {"less does not yet", calm_for(with_failures(watching("8"), 3), 60s), kube::Ended{59s, false},
       calm_for(with_failures(watching("8"), 3), 119s)},
      {"two minutes of calm before a failure do too", with_failures(watching("8"), 3),
       kube::Failed{120s}, with_failures(watching("8"), 1, true)},
      {"a failure ends the calm", calm_for(with_failures(watching("8"), 3), 60s), kube::Failed{1s},
       with_failures(watching("8"), 4, true)},
      {"an expired version is followed at once by a list of the newest", watching("8"),
       kube::Expired{}, relisted(streaming(""))},
      {"so is an expired continue token", listing("8", "token"), kube::Expired{},
       relisted(listing(""))},
      {"the list of the newest keeps its mark", relisted(listing("")), kube::Page{"9", ""},
       relisted(watching("9"))},
      {"in a stream too", relisted(streaming("")), kube::Synced{"9"}, relisted(watching("9"))},
      {"an object of the list does not take it away", relisted(streaming("")), kube::Progress{"8"},
       relisted(streaming(""))},
      {"an event takes the mark away", relisted(watching("9")), kube::Progress{"10"},
       watching("10")},
      {"expired again, and nothing heard since: not at once", relisted(watching("9")),
       kube::Expired{}, with_failures(relisted(listing("")), 1, true)},
      {"a version from the future is given up, after a pause", watching("900"),
       kube::AheadOfServer{}, of_other_history(with_failures(listing(""), 1, true))},
      {"without the field selector where the server refuses it", listing("8"),
       kube::SelectorRefused{}, without_selector(listing("8"))},
      {"and then in pages, which a list of any version does not know", listing("0"),
       kube::SelectorRefused{}, without_selector(listing(""))},
      {"in the watch too", watching("8"), kube::SelectorRefused{}, without_selector(watching("8"))},
      {"a page of the other selector is of no use", listing("0", "token"), kube::SelectorRefused{},
       without_selector(listing(""))},
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

kube::Failure failure(int code, const std::string& message = "") {
  kube::Failure failure;
  failure.code = code;
  failure.message = message;
  return failure;
}

std::size_t index_of(const kube::Failure& failure, const WatchState& state) {
  return kube::outcome_of(failure, state, 5s).index();
}

template <typename T>
const std::size_t kIndex = Outcome(T{}).index();

TEST_CASE("a failure is classed by its code, and by what was asked") {
  for (const WatchState& state : {streaming("8"), listing("8"), watching("8")}) {
    CHECK(index_of(failure(410), state) == kIndex<kube::Expired>);
    CHECK(index_of(failure(404), state) == kIndex<kube::Missing>);
    for (const int http : {401, 403, 429, 500, 503, 504}) {
      CHECK(index_of(failure(http), state) == kIndex<kube::Failed>);
    }
    kube::Failure too_large = failure(504);
    too_large.is_version_too_large = true;
    CHECK(index_of(too_large, state) == kIndex<kube::AheadOfServer>);
  }
}

TEST_CASE("no answer is a failure to a list, and the end of a connection to a watch") {
  CHECK(index_of(failure(0), streaming("8")) == kIndex<kube::Failed>);
  CHECK(index_of(failure(0), listing("8")) == kIndex<kube::Failed>);
  CHECK(std::get<kube::Broken>(kube::outcome_of(failure(0), watching("8"), 5s)).lived == 5s);
}

TEST_CASE("a bad request is one because of the selector, the stream or the token") {
  const auto selector = failure(400, "field label not supported: status.closed");
  CHECK(index_of(selector, streaming("0")) == kIndex<kube::SelectorRefused>);
  CHECK(index_of(selector, without_selector(streaming("0"))) == kIndex<kube::StreamRefused>);
  CHECK(index_of(failure(400, "sendInitialEvents"), streaming("0")) == kIndex<kube::StreamRefused>);
  CHECK(index_of(failure(422), streaming("0")) == kIndex<kube::StreamRefused>);
  CHECK(index_of(failure(400), listing("0")) == kIndex<kube::SelectorRefused>);
  CHECK(index_of(failure(400), watching("8")) == kIndex<kube::SelectorRefused>);
  CHECK(index_of(failure(400), without_selector(listing("0"))) == kIndex<kube::Failed>);
  CHECK(index_of(failure(400), listing("0", "token")) == kIndex<kube::Expired>);
  CHECK(index_of(failure(422), listing("0")) == kIndex<kube::Failed>);
}

TEST_CASE("an event that is not newer than the last one was sent before") {
  CHECK(kube::is_repeated(watching("10"), "10"));
  CHECK(kube::is_repeated(watching("10"), "9"));
  CHECK_FALSE(kube::is_repeated(watching("10"), "11"));
  CHECK_FALSE(kube::is_repeated(watching("10"), ""));
  CHECK_FALSE(kube::is_repeated(streaming("10"), "9"));
}

}  // namespace
