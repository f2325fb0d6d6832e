#include "controller/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/log.h"
#include "core/conditions.h"
#include "core/connecting.h"
#include "core/text.h"

namespace controller {
namespace {

using core::Kind;
using core::ObjectKey;
using core::OffsetReset;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of one resource, in a row; then a person has to look at it.
constexpr int kMostExceptions = 5;
constexpr std::size_t kLongestWhat = 1'000;
constexpr milliseconds kAfterException{10'000};

bool is_to_retry(const Outcome& outcome) {
  const Kind kind = kind_of(outcome.result.reason);
  return !outcome.is_written || kind == Kind::TransientError || kind == Kind::FixableError;
}

std::string_view result_label(const Outcome& outcome) {
  if (outcome.result.reason == core::Reason::Conflict) return "requeue";
  if (is_to_retry(outcome)) return "error";
  return outcome.poll.count() > 0 ? "requeue_after" : "success";
}

base::Level level_of(const Outcome& outcome) {
  if (outcome.result.reason == core::Reason::Conflict) return base::Level::Debug;
  switch (kind_of(outcome.result.reason)) {
    case Kind::Success:
    case Kind::Working:
    case Kind::Waiting:
    case Kind::Paused:
      return base::Level::Info;
    case Kind::UserError:
    case Kind::FixableError:
    case Kind::TransientError:
      return base::Level::Warning;
    case Kind::TerminalError:
      return base::Level::Error;
  }
  return base::Level::Error;  // unreachable: every enumerator is above
}

// Empty where the destination names them.
std::string topics_of(const core::Spec& spec) {
  if (spec.all_topics) return "*";
  std::vector<std::string> names;
  names.reserve(spec.topics.size());
  for (const auto& scope : spec.topics) names.push_back(scope.topic);
  return core::listed(names);
}

// For the status and the log. Of a plan that was saved, it is not known here what was applied.
std::string exception_message(const OffsetReset& resource, std::string_view what, int exceptions) {
  return fmt::format(
      "an error in the operator itself, {} in a row: {}. Please report it with the operator's "
      "log{}",
      core::counted(exceptions, "time"), what.substr(0, kLongestWhat),
      has_saved_plan(resource.status)
          ? "; whether the plan was applied, status.partitions tells when compared with the group"
          : "");
}

}  // namespace

Controller::Controller(Reconciler reconciler, core::Kafka& kafka, base::Metrics& metrics,
                       Reconciler::Now now, std::size_t workers, GroupWatch::Timing group_watch)
    : reconciler_(std::move(reconciler)),
      now_(std::move(now)),
      metrics_(metrics),
      store_(now_),
      queue_([this](const ObjectKey& key) { return store_.cluster_of(key); },
             [this] { metrics_.count_added(); }),
      group_watch_(
          kafka, [this](const ObjectKey& key) { enqueue(key); }, group_watch),
      worker_count_(std::max<std::size_t>(1, workers)) {
  metrics_.set_workers(worker_count_);
}

void Controller::start() {
  running_workers_ = worker_count_;
  for (std::size_t i = 0; i < worker_count_; ++i) {
    workers_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
  }
}

bool Controller::stop(milliseconds patience) {
  for (auto& worker : workers_) worker.request_stop();
  std::unique_lock lock(mutex_);
  return worker_ended_.wait_for(lock, patience, [this] { return running_workers_ == 0; });
}

void Controller::enqueue(const ObjectKey& key, Priority priority) { queue_.add(key, priority); }

void Controller::on_change(core::Change change) {
  const auto background = not_urgent(change);
  const bool may_be_gone = !std::holds_alternative<core::Applied>(change);
  for (const ObjectKey& key : store_.apply(std::move(change))) {
    enqueue(key, background.contains(key) ? Priority::Background : Priority::Fresh);
  }
  if (may_be_gone) forget_gone();
}

// What is watched was asked for with the old connection.
void Controller::connection_changed(const core::ConnectionId& connection) {
  for (const ObjectKey& key : store_.users_of(connection)) {
    group_watch_.forget(key);
    enqueue(key);
  }
}

// Nobody waits any more for what is not there.
void Controller::forget_gone() {
  for (const ObjectKey& key : group_watch_.keys()) {
    if (!store_.find(key)) group_watch_.forget(key);
  }
}

// What was there before us, but for resets that were interrupted between plan and end.
std::set<ObjectKey> Controller::not_urgent(const core::Change& change) {
  const auto* list = std::get_if<core::Relisted>(&change);
  if (list == nullptr) return {};
  {
    const std::lock_guard lock(mutex_);
    if (!listed_.insert(list->namespace_name).second) return {};
  }
  std::set<ObjectKey> keys;
  for (const OffsetReset& resource : list->resources) {
    if (!has_saved_plan(resource.status)) keys.insert(resource.key);
  }
  return keys;
}

void Controller::work(std::stop_token stop) {
  while (const auto lease = queue_.take(stop)) {
    metrics_.began(lease->waited());
    const auto began = steady_clock::now();
    try {
      handle(lease->key());
    } catch (const std::exception& error) {  // beside the pass itself: out of memory, say
      base::log_error("work on a reset threw", {{"namespace", lease->key().namespace_name},
                                                {"name", lease->key().name},
                                                {"error", error.what()}});
      queue_.add_after(lease->key(), kAfterException);
    }
    metrics_.ended(steady_clock::now() - began);
  }
  const std::lock_guard lock(mutex_);
  --running_workers_;
  worker_ended_.notify_all();
}

void Controller::handle(const ObjectKey& key) {
  const auto entry = store_.find(key);
  if (!entry) {
    group_watch_.forget(key);
    return failures_.forget(key);
  }
  const auto began = steady_clock::now();
  const Outcome outcome = pass(*entry);
  metrics_.count_reconcile(result_label(outcome), steady_clock::now() - began);
  report(entry->resource, outcome);
  requeue(entry->resource, outcome);
}

Outcome Controller::pass(const Store::Entry& entry) {
  core::Observed seen;
  seen.resource = entry.resource;
  seen.now = now_();
  seen.last_write = entry.last_write;
  seen.settling = entry.settling;
  if (entry.resource.spec) {
    seen.watched = group_watch_.last_seen(entry.resource.key, entry.resource.spec->group);
  }
  seen.ahead = store_.begin_turn(entry.resource, seen.now);
  // Given back whatever happens, so that no exception blocks the group.
  const auto end_turn = [this](const OffsetReset* resource) {
    if (const auto next = store_.end_turn(*resource)) enqueue(*next);
  };
  const std::unique_ptr<const OffsetReset, decltype(end_turn)> turn(
      seen.ahead ? nullptr : &entry.resource, end_turn);
  Outcome outcome = contained(entry.resource, std::move(seen));
  if (outcome.written) store_.wrote(*outcome.written);
  store_.settling(entry.resource.key, outcome.settling);
  store_.learn_cluster(cluster_name(entry.resource), outcome.cluster_id);
  if (const auto connection = connection_of(entry.resource); connection && used_) {
    used_(*connection, outcome.result);
  }
  return outcome;
}

// A resource that the operator can't cope with must not end the others' work.
Outcome Controller::contained(const OffsetReset& resource, core::Observed seen) {
  try {
    Outcome outcome = reconciler_.reconcile(std::move(seen));
    failures_.end_exceptions(resource);
    return outcome;
  } catch (const std::exception& error) {
    return after_exception(resource, error.what());
  } catch (...) {
    return after_exception(resource, "not a std::exception");
  }
}

Outcome Controller::after_exception(const OffsetReset& resource, std::string_view what) {
  metrics_.count_panic();
  const int exceptions = failures_.count_exception(resource);
  const core::Error failure{core::Reason::InternalError,
                            exception_message(resource, what, exceptions)};
  Outcome retry;
  retry.result = failure;
  retry.is_written = false;
  if (exceptions < kMostExceptions) return retry;
  try {
    return reconciler_.conclude(resource, failure);
  } catch (...) {
    return retry;
  }
}

// Who waits for a group is looked at when there is news of it. While it can't be seen, for now, it
// goes on being watched; but not by what somebody has to mend first, such as a password.
void Controller::watch_group(const OffsetReset& resource, const Outcome& outcome) {
  const auto reason = outcome.result.reason;
  if (reason == core::Reason::GroupActive) {
    // A pass that heeds the watch goes nowhere else, and the watch goes on.
    if (outcome.connection) {
      group_watch_.watch(resource.key, *outcome.connection, resource.spec->group);
    }
  } else if (reason == core::Reason::KafkaUnavailable) {
    group_watch_.doubt(resource.key);
  } else if (!is_to_retry(outcome) || kind_of(reason) == Kind::FixableError) {
    group_watch_.forget(resource.key);
  }
}

void Controller::requeue(const OffsetReset& resource, const Outcome& outcome) {
  watch_group(resource, outcome);
  if (is_to_retry(outcome)) {
    metrics_.count_retry();
    queue_.add_after(resource.key, failures_.next_delay(resource));
    return;
  }
  failures_.forget(resource.key);
  if (outcome.poll.count() > 0) queue_.add_after(resource.key, outcome.poll);
}

// A pass that changed nothing is told at debug: a wait of ten minutes is one line, not three
// hundred. What a status can't tell is told here: that the API server is away, or that a pass took
// too long to write one.
void Controller::report(const OffsetReset& before, const Outcome& outcome) {
  const auto reason = outcome.result.reason;
  const bool is_news = outcome.written.has_value() || !outcome.is_written || outcome.was_too_long ||
                       reason == core::Reason::KubernetesUnavailable;
  base::log(is_news ? level_of(outcome) : base::Level::Debug, "reset",
            {{"namespace", before.key.namespace_name},
             {"name", before.key.name},
             {"uid", before.uid},
             {"group", before.spec ? before.spec->group : ""},
             {"topic", before.spec ? topics_of(*before.spec) : ""},
             {"destination", before.spec ? describe_destination(*before.spec) : ""},
             {"reason", to_string(reason)},
             {"message", outcome.result.message}});
  if (!outcome.written || !outcome.is_written) return;
  if (reason_of(before.status) != reason) metrics_.count_reset(reason);
  const auto& status = outcome.written->status;
  if (reason == core::Reason::OffsetsReset && status.summary)
    metrics_.count_records(*status.summary);
}

void Controller::refresh_gauges() {
  metrics_.show(queue_.load());
  metrics_.set_waiting(store_.count_waiting());
}

}  // namespace controller
