#include "kube/watcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "kube/api.h"
#include "kube/changes.h"
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

}  // namespace

Watcher::Watcher(Http& http, base::Metrics& metrics, std::string namespace_name,
                 core::ChangeSink sink, WatchTiming timing)
    : http_(http),
      namespace_name_(std::move(namespace_name)),
      sink_(std::move(sink)),
      timing_(timing),
      last_event_(metrics
                      .gauge("offset_reset_watch_last_event_seconds",
                             "Unix time at which list or watch last brought something")
                      .Add({{"namespace", namespace_name_}})),
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
  if (state_.continue_token.empty()) listing_.clear();
  const auto answer = http_.send({.method = "GET",
                                  .path = list_path(namespace_name_, state_),
                                  .body = {},
                                  .deadline = timing_.list_deadline},
                                 stop);
  if (stop.stop_requested()) return Failed{};
  if (!answer) return fail(answer.error(), {});
  apply(*answer);
  const auto metadata = answer->value("metadata", nlohmann::json::object());
  return Page{resource_version_of(*answer), metadata.value("continue", std::string())};
}

void Watcher::apply(const nlohmann::json& page) {
  last_event_.SetToCurrentTime();
  for (auto& resource : open_resources(page)) listing_.put(std::move(resource));
  const auto metadata = page.value("metadata", nlohmann::json::object());
  if (metadata.value("continue", std::string()).empty()) hand_on_list();
}

void Watcher::hand_on_list() {
  auto resources = listing_.take();
  base::log_info("listed", {{"namespace", namespace_name_}, {"resources", resources.size()}});
  sink_(core::Relisted{namespace_name_, std::move(resources), state_.is_other_history});
  has_synced_ = true;
}

// The watch; or the list and, when that is complete, the watch.
Outcome Watcher::stream(const std::stop_token& stop) {
  listing_.clear();
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
       .path = watch_path(namespace_name_, state_, timeout),
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
  base::log_warning("the API server did not complete the list as a stream; listing in pages",
                    {{"namespace", namespace_name_}});
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
  if (auto change = is_repeated(state_, version) ? std::nullopt : change_of(event)) {
    if (state_.phase == Phase::Stream) {
      listing_.apply(*std::move(change));
    } else {
      sink_(*std::move(change));
    }
  }
  state_ = next(std::move(state_), Progress{version});
}

Outcome Watcher::outcome_of_stream(const Stream& stream, const tl::expected<void, Failure>& ended,
                                   std::chrono::milliseconds lived) {
  if (stream.failure) return fail(*stream.failure, lived);
  if (stream.garbage) {
    base::log_warning("watch failed",
                      {{"namespace", namespace_name_}, {"error", stream.garbage->message}});
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
  const auto name = name_of(state_.phase);
  if (std::holds_alternative<Expired>(outcome)) {
    base::log_info("version expired; listing again", {{"namespace", namespace_name_}});
  } else if (std::holds_alternative<SelectorRefused>(outcome)) {
    base::log_warning(
        "the API server does not select by status.closed; closed resources are read too",
        {{"error", failure.message}});
  } else if (std::holds_alternative<StreamRefused>(outcome)) {
    base::log_info("the API server does not list as a stream; listing in pages",
                   {{"namespace", namespace_name_}, {"error", failure.message}});
  } else if (std::holds_alternative<Missing>(outcome)) {
    base::log_warning("waiting for the resource's definition", {{"error", kNotInstalled}});
  } else if (const auto* broken = std::get_if<Broken>(&outcome);
             broken != nullptr && broken->lived >= kShortestConnection) {
    base::log_info("watch broke; resuming it",
                   {{"namespace", namespace_name_}, {"error", failure.message}});
  } else {
    const auto error = to_error(failure, Purpose::Read, name);
    base::log_warning(fmt::format("{} failed", name),
                      {{"namespace", namespace_name_}, {"error", error.message}});
  }
}

}  // namespace kube
