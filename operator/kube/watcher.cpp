#include "kube/watcher.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/log.h"
#include "kube/api.h"
#include "kube/changes.h"
#include "kube/paths.h"
#include "kube/pause.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kListDeadline{60};
constexpr std::chrono::seconds kGrace{30};  // over the watch's timeout, before we end it
constexpr std::chrono::seconds kLongestAskedWait{30};

std::chrono::milliseconds since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
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
      backoff_(timing.first_pause, timing.longest_pause),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Watcher::run(const std::stop_token& stop) {
  while (wait_if_due(stop)) {
    const Outcome outcome = state_.phase == WatchState::Phase::List ? list_page(stop) : watch(stop);
    state_ = next(std::move(state_), outcome);
  }
}

// False when it is to stop.
bool Watcher::wait_if_due(const std::stop_token& stop) {
  if (!state_.pause) return !stop.stop_requested();
  if (state_.failures <= 1) backoff_.reset();
  const std::chrono::milliseconds asked = std::min(asked_to_wait_, kLongestAskedWait);
  return pause(std::max(backoff_.next(), asked), stop);
}

Outcome Watcher::list_page(const std::stop_token& stop) {
  if (state_.continue_token.empty()) listed_.clear();
  const auto answer = http_.send({.method = "GET",
                                  .path = list_path(namespace_name_, state_),
                                  .body = {},
                                  .deadline = kListDeadline},
                                 stop);
  if (stop.stop_requested()) return Failed{};
  if (!answer) {
    Outcome outcome = outcome_of(answer.error(), state_, {});
    report(answer.error(), outcome);
    return outcome;
  }
  apply(*answer);
  const auto metadata = answer->value("metadata", nlohmann::json::object());
  return Page{resource_version_of(*answer), metadata.value("continue", std::string())};
}

void Watcher::apply(const nlohmann::json& page) {
  last_event_.SetToCurrentTime();
  for (auto& resource : open_resources(page)) listed_.push_back(std::move(resource));
  const auto metadata = page.value("metadata", nlohmann::json::object());
  if (!metadata.value("continue", std::string()).empty()) return;
  base::log_info("listed", {{"namespace", namespace_name_}, {"resources", listed_.size()}});
  sink_(core::Relisted{namespace_name_, std::exchange(listed_, {})});
  has_synced_ = true;
}

Outcome Watcher::watch(const std::stop_token& stop) {
  std::uniform_int_distribution<std::int64_t> draw(timing_.shortest_watch.count(),
                                                   timing_.longest_watch.count() - 1);
  const std::chrono::seconds timeout(draw(random_));
  const auto begun = Clock::now();
  WatchDecoder decoder;
  bool was_silent = true;
  std::optional<Failure> failure;
  const auto receive = [&](std::string_view bytes) {
    std::vector<WatchEvent> events;
    const auto decoded = decoder.decode(bytes, events);
    for (const WatchEvent& event : events) {
      if (stop.stop_requested() || failure) break;
      was_silent = false;
      failure = apply(event);
    }
    if (!decoded && !failure)
      failure =
          Failure{.code = 0, .reason = {}, .message = decoded.error().message, .retry_after = {}};
    return !failure;
  };
  const auto ended = http_.stream({.method = "GET",
                                   .path = watch_path(namespace_name_, state_, timeout),
                                   .body = {},
                                   .deadline = timeout + kGrace},
                                  receive, stop);
  if (stop.stop_requested()) return Failed{};
  if (!ended && !failure) failure = ended.error();
  if (!failure) return Ended{since(begun), was_silent};
  Outcome outcome = outcome_of(*failure, state_, since(begun));
  report(*failure, outcome);
  return outcome;
}

// What an ERROR event says; nothing for the others.
std::optional<Failure> Watcher::apply(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::Error) return failure_of(event.object);
  last_event_.SetToCurrentTime();
  if (auto change = change_of(event)) sink_(*std::move(change));
  state_ = next(std::move(state_), Progress{resource_version_of(event.object)});
  return std::nullopt;
}

void Watcher::report(const Failure& failure, const Outcome& outcome) {
  asked_to_wait_ = failure.retry_after.value_or(std::chrono::seconds(0));
  if (std::holds_alternative<Expired>(outcome)) {
    base::log_info("version expired; listing again", {{"namespace", namespace_name_}});
  } else if (std::holds_alternative<SelectorRefused>(outcome)) {
    base::log_warning(
        "the API server does not select by status.closed; closed resources are read too",
        {{"error", failure.message}});
  } else if (std::holds_alternative<Missing>(outcome)) {
    base::log_warning("waiting for the resource's definition", {{"error", kNotInstalled}});
  } else {
    const bool is_list = state_.phase == WatchState::Phase::List;
    const auto error = to_error(failure, Purpose::Read, is_list ? "list" : "watch");
    base::log_warning(is_list ? "list failed" : "watch failed",
                      {{"namespace", namespace_name_}, {"error", error.message}});
  }
}

}  // namespace kube
