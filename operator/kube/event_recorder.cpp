#include "kube/event_recorder.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "base/log.h"
#include "kube/paths.h"
#include "kube/pause.h"

namespace kube {
namespace {

// 403 too: a namespace that ends takes no events, and a role that lacks the right stays so.
bool may_pass(const Failure& failure) {
  return failure.code == 0 || failure.code == 401 || failure.code == 429 || failure.code >= 500;
}

// A name is drawn once for all attempts: that it is taken means that an earlier one arrived.
bool is_told_already(const Failure& failure) { return failure.code == 409; }

std::string dumped(const nlohmann::json& body) {
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

EventRecorder::EventRecorder(Http& http, base::Metrics& metrics, std::string instance,
                             RecorderTiming timing)
    : http_(http), instance_(std::move(instance)), timing_(timing) {
  auto& events = metrics.counter("offset_reset_events_total",
                                 "Kubernetes events, by whether the API server took them.");
  sent_ = &events.Add({{"result", "sent"}});
  dropped_ = &events.Add({{"result", "dropped"}});
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

EventRecorder::~EventRecorder() = default;

void EventRecorder::record(Telling telling) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueLimit) {
      queue_.push_back({std::move(telling), wall_clock()});
      changed_.notify_all();
      return;
    }
  }
  drop(telling, "too many are waiting for the API server");
}

void EventRecorder::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return queue_.empty() && !is_telling_; });
}

void EventRecorder::run(const std::stop_token& stop) {
  while (const auto recorded = take(stop)) {
    tell(*recorded, stop);
    const std::lock_guard lock(mutex_);
    is_telling_ = false;
    changed_.notify_all();
  }
}

std::optional<EventRecorder::Recorded> EventRecorder::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return !queue_.empty(); })) return std::nullopt;
  Recorded recorded = std::move(queue_.front());
  queue_.pop_front();
  is_telling_ = true;
  return recorded;
}

void EventRecorder::tell(const Recorded& recorded, const std::stop_token& stop) {
  const std::string name = event_name(recorded.telling.regarding, random_());
  base::Backoff backoff(timing_.first_pause, timing_.longest_pause);
  for (int number = 1;; ++number) {
    const auto answer = send(recorded, name, stop);
    if (answer || is_told_already(answer.error())) return sent_->Increment();
    const Failure& failure = answer.error();
    const bool is_last = number == timing_.attempts || !may_pass(failure);
    if (is_last || !pause(backoff.next(), stop)) return drop(recorded.telling, failure.message);
  }
}

// As one more of a series, or else as an event of its own.
Answer EventRecorder::send(const Recorded& recorded, const std::string& name,
                           const std::stop_token& stop) {
  const auto now = EventSeries::TimePoint::clock::now();
  const Telling& telling = recorded.telling;
  const std::string collection = events_path(telling.regarding.namespace_name);
  if (const auto member = series_.find(telling, now)) {
    auto patched = http_.send({.method = "PATCH",
                               .path = collection + "/" + member->name,
                               .body = dumped(series_patch(member->count, recorded.at)),
                               .deadline = timing_.request_deadline},
                              stop);
    if (patched) series_.told(telling, *member, now);
    if (patched || patched.error().code != 404) return patched;
    series_.forget(telling);
  }
  auto created = http_.send({.method = "POST",
                             .path = collection,
                             .body = dumped(event_object(telling, name, instance_, recorded.at)),
                             .deadline = timing_.request_deadline},
                            stop);
  if (created || is_told_already(created.error())) series_.told(telling, {name, 1}, now);
  return created;
}

void EventRecorder::drop(const Telling& telling, const std::string& why) {
  dropped_->Increment();
  base::log_warning("event dropped", {{"namespace", telling.regarding.namespace_name},
                                      {"name", telling.regarding.name},
                                      {"reason", telling.reason},
                                      {"error", why}});
}

}  // namespace kube
