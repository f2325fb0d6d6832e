#include "kube/watcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/resource_codec.h"
#include "kube/changes.h"
#include "kube/connection_error.h"
#include "kube/paths.h"
#include "kube/pause.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;
using Phase = WatchState::Phase;

constexpr std::chrono::seconds kLongestAskedWait{30};

std::chrono::milliseconds since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::Stream:
      return "streaming list";
    case Phase::List:
      return "list";
    case Phase::Watch:
      return "watch";
  }
  return {};  // unreachable: every enumerator is above
}

WatchState first_state(const Collection& collection) {
  WatchState state;
  state.with_selector = !collection.selector.empty();
  return state;
}

}  // namespace

Watcher::Watcher(Http& http, base::Metrics& metrics, std::unique_ptr<Feed> feed, WatchTiming timing)
    : http_(http),
      feed_(std::move(feed)),
      timing_(timing),
      last_event_(metrics
                      .gauge("offset_reset_watch_last_event_seconds",
                             "Unix time at which list or watch last brought something")
                      .Add({{"kind", feed_->watched().kind},
                            {"namespace", feed_->watched().namespace_name}})),
      state_(first_state(feed_->watched().collection)),
      backoff_(2 * timing.first_pause, timing.longest_pause),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Watcher::run(const std::stop_token& stop) {
  while (wait_if_due(stop)) {
    const Outcome outcome = state_.phase == Phase::List ? list_page(stop) : stream(stop);
    state_ = next(std::move(state_), outcome);
  }
}

// False when it is to stop.
bool Watcher::wait_if_due(const std::stop_token& stop) {
  const std::chrono::milliseconds asked =
      std::min(std::exchange(asked_to_wait_, {}), kLongestAskedWait);
  if (!state_.pause) return !stop.stop_requested();
  if (state_.failures <= 1) backoff_.reset();
  return pause(std::max(backoff_.next(), asked), stop);
}

Outcome Watcher::list_page(const std::stop_token& stop) {
  if (state_.continue_token.empty()) feed_->begin_list();
  auto answer = http_.send({.method = "GET",
                            .path = list_path(feed_->watched().collection, state_),
                            .body = {},
                            .deadline = timing_.list_deadline},
                           stop);
  if (stop.stop_requested()) return Failed{};
  if (!answer) return fail(answer.error(), {});
  apply(*answer);
  const auto metadata = answer->value("metadata", nlohmann::json::object());
  return Page{resource_version_of(*answer), metadata.value("continue", std::string())};
}

void Watcher::apply(nlohmann::json& page) {
  last_event_.SetToCurrentTime();
  const auto items = page.find("items");
  if (items != page.end() && items->is_array()) {
    for (auto& item : *items) feed_->collect({WatchEvent::Type::Added, std::move(item)});
  }
  const auto metadata = page.value("metadata", nlohmann::json::object());
  if (metadata.value("continue", std::string()).empty()) hand_on_list();
}

void Watcher::hand_on_list() {
  const std::size_t count = feed_->hand_on_list(state_.is_other_history);
  base::log_info("listed", {{"kind", feed_->watched().kind},
                            {"namespace", feed_->watched().namespace_name},
                            {"resources", count}});
  has_synced_ = true;
}

// The watch; or the list and, when that is complete, the watch.
Outcome Watcher::stream(const std::stop_token& stop) {
  feed_->begin_list();
  std::stop_source cut;
  const std::stop_callback end_with_us(stop, [&cut] { cut.request_stop(); });
  std::jthread list_deadline;
  if (state_.phase == Phase::Stream) {
    list_deadline = std::jthread([&](const std::stop_token& is_met) {
      if (pause(timing_.list_deadline, is_met)) cut.request_stop();
    });
  }
  const std::chrono::seconds timeout = draw_timeout();
  const auto begun = Clock::now();
  Stream stream;
  const auto ended = http_.stream(
      {.method = "GET",
       .path = watch_path(feed_->watched().collection, state_, timeout),
       .body = {},
       .deadline = timeout + timing_.grace},
      [&](std::string_view bytes) {
        const bool goes_on = receive(stream, bytes) && !stop.stop_requested();
        if (state_.phase == Phase::Watch) list_deadline.request_stop();
        return goes_on;
      },
      cut.get_token());
  if (stop.stop_requested()) return Failed{};
  const bool is_late =
      cut.stop_requested() && state_.phase == Phase::Stream && !ended && ended.error().code == 0;
  if (!is_late) return outcome_of_stream(stream, ended, since(begun));
  log(base::Level::Warning,
      "the API server did not complete the list as a stream; listing in pages");
  return StreamRefused{};
}

std::chrono::seconds Watcher::draw_timeout() {
  std::uniform_int_distribution<std::int64_t> draw(timing_.shortest_watch.count(),
                                                   timing_.longest_watch.count() - 1);
  return std::chrono::seconds(draw(random_));
}

// False when no more of it is wanted.
bool Watcher::receive(Stream& stream, std::string_view bytes) {
  std::vector<WatchEvent> events;
  const auto decoded = stream.decoder.decode(bytes, events);
  for (const WatchEvent& event : events) {
    stream.was_silent = false;
    if (event.type == WatchEvent::Type::Error) {
      stream.failure = failure_of(event.object);
      return false;
    }
    apply(event);
  }
  if (!decoded) stream.garbage = decoded.error();
  return decoded.has_value();
}

void Watcher::apply(const WatchEvent& event) {
  last_event_.SetToCurrentTime();
  const std::string version = resource_version_of(event.object);
  if (state_.phase == Phase::Stream && ends_list(event)) {
    hand_on_list();
    state_ = next(std::move(state_), Synced{version});
    return;
  }
  if (state_.phase == Phase::Stream) {
    feed_->collect(event);
  } else if (!is_repeated(state_, version)) {
    feed_->hand_on(event);
  }
  state_ = next(std::move(state_), Progress{version});
}

Outcome Watcher::outcome_of_stream(const Stream& stream, const tl::expected<void, Failure>& ended,
                                   std::chrono::milliseconds lived) {
  if (stream.failure) return fail(*stream.failure, lived);
  if (stream.garbage) {
    log(base::Level::Warning, "watch failed", stream.garbage->message);
    return Failed{lived};
  }
  if (!ended) return fail(ended.error(), lived);
  return Ended{lived, stream.was_silent};
}

Outcome Watcher::fail(const Failure& failure, std::chrono::milliseconds lived) {
  asked_to_wait_ = failure.retry_after.value_or(std::chrono::seconds(0));
  Outcome outcome = outcome_of(failure, state_, lived);
  report(failure, outcome);
  return outcome;
}

void Watcher::report(const Failure& failure, const Outcome& outcome) {
  using base::Level;
  const auto name = name_of(state_.phase);
  const auto* broken = std::get_if<Broken>(&outcome);
  if (std::holds_alternative<Expired>(outcome)) {
    log(Level::Info, "version expired; listing again");
  } else if (std::holds_alternative<SelectorRefused>(outcome)) {
    log(Level::Warning,
        "the API server does not select by status.closed; closed resources are read too",
        failure.message);
  } else if (std::holds_alternative<StreamRefused>(outcome)) {
    log(Level::Info, "the API server does not list as a stream; listing in pages", failure.message);
  } else if (std::holds_alternative<Missing>(outcome)) {
    log(Level::Warning, "waiting for the resource's definition",
        not_installed(feed_->watched().plural));
  } else if (failure.code == 403) {
    log(Level::Warning, "waiting for the right to list and watch",
        fmt::format("give the operator's role the verbs list and watch for {}.{} ({})",
                    feed_->watched().plural, core::kApiGroup, failure.message));
  } else if (broken != nullptr && broken->lived >= kShortestConnection) {
    log(Level::Info, "watch broke; resuming it", failure.message);
  } else {
    log(Level::Warning, fmt::format("{} failed", name),
        to_error(failure, Purpose::Read, name).message);
  }
}

void Watcher::log(base::Level level, std::string_view message, std::string_view error) const {
  const Watched& watched = feed_->watched();
  if (error.empty()) {
    base::log(level, message, {{"kind", watched.kind}, {"namespace", watched.namespace_name}});
  } else {
    base::log(level, message,
              {{"kind", watched.kind}, {"namespace", watched.namespace_name}, {"error", error}});
  }
}

}  // namespace kube
