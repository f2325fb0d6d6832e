#include "controller/controller.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "core/conditions.h"
#include "core/text.h"

namespace controller {
namespace {

using core::Kind;
using core::ObjectKey;
using core::OffsetReset;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstRetry{1'000};
constexpr milliseconds kLongestRetry{300'000};

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

}  // namespace

Controller::Controller(Reconciler reconciler, base::Metrics& metrics, Reconciler::Now now,
                       std::size_t workers)
    : reconciler_(std::move(reconciler)),
      now_(std::move(now)),
      metrics_(metrics),
      store_(now_),
      workers_(std::max<std::size_t>(1, workers)) {
  metrics_.set_workers(workers_.size());
}

Controller::~Controller() { stop(); }

void Controller::start() {
  for (Worker& worker : workers_) {
    worker.thread = std::jthread([this, &worker](std::stop_token stop) { work(worker, stop); });
  }
}

void Controller::stop() {
  for (Worker& worker : workers_) worker.thread.request_stop();
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void Controller::enqueue(const ObjectKey& key) {
  metrics_.count_added();
  queue_.add(key);
}

void Controller::on_change(core::Change change) {
  for (const ObjectKey& key : store_.apply(std::move(change))) enqueue(key);
}

void Controller::work(Worker& worker, std::stop_token stop) {
  while (const auto lease = queue_.take(stop)) {
    const auto began = steady_clock::now();
    worker.pass_began = began.time_since_epoch().count();
    metrics_.worker_began();
    metrics_.observe_waited_in_queue(lease->waited());
    handle(lease->key());
    metrics_.worker_ended();
    worker.pass_began = 0;
  }
}

void Controller::handle(const ObjectKey& key) {
  const auto entry = store_.find(key);
  if (!entry) {
    forget_failures(key);
    return;
  }
  const auto began = steady_clock::now();
  try {
    const Outcome outcome = pass(*entry);
    metrics_.count_reconcile(result_label(outcome), steady_clock::now() - began);
    report(entry->resource, outcome);
    requeue(entry->resource, outcome);
  } catch (const std::exception& error) {
    base::log_error(
        "pass threw",
        {{"namespace", key.namespace_name}, {"name", key.name}, {"error", error.what()}});
    metrics_.count_reconcile("error", steady_clock::now() - began);
    queue_.add_after(key, next_delay(key));
  }
}

Outcome Controller::pass(const Store::Entry& entry) {
  core::Observed seen;
  seen.resource = entry.resource;
  seen.now = now_();
  seen.last_write = entry.last_write;
  seen.settling = entry.settling;
  seen.ahead = store_.begin_turn(entry.resource, seen.now);
  // Given back whatever happens, so that no exception blocks the group.
  const auto end_turn = [this](const OffsetReset* resource) {
    if (const auto next = store_.end_turn(*resource)) enqueue(*next);
  };
  const std::unique_ptr<const OffsetReset, decltype(end_turn)> turn(
      seen.ahead ? nullptr : &entry.resource, end_turn);
  Outcome outcome = reconciler_.reconcile(std::move(seen));
  if (outcome.written) store_.wrote(*outcome.written);
  store_.settling(entry.resource.key, outcome.settling);
  if (entry.resource.spec) {
    store_.learn_cluster(entry.resource.spec->bootstrap_servers, outcome.cluster_id);
  }
  return outcome;
}

void Controller::requeue(const OffsetReset& resource, const Outcome& outcome) {
  if (is_to_retry(outcome)) {
    metrics_.count_retry();
    queue_.add_after(resource.key, next_delay(resource.key));
    return;
  }
  forget_failures(resource.key);
  if (outcome.poll.count() > 0) queue_.add_after(resource.key, outcome.poll);
}

milliseconds Controller::next_delay(const ObjectKey& key) {
  const std::lock_guard lock(failures_mutex_);
  return failures_.try_emplace(key, kFirstRetry, kLongestRetry).first->second.next();
}

void Controller::forget_failures(const ObjectKey& key) {
  const std::lock_guard lock(failures_mutex_);
  failures_.erase(key);
}

// A pass that changed nothing is told at debug: a wait of ten minutes is one line, not three
// hundred. That the API server is away can't be told in a status, so it is told here.
void Controller::report(const OffsetReset& before, const Outcome& outcome) {
  const auto reason = outcome.result.reason;
  const bool is_news = outcome.written.has_value() || !outcome.is_written ||
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

steady_clock::duration Controller::longest_pass() const {
  const auto now = steady_clock::now();
  auto longest = steady_clock::duration::zero();
  for (const Worker& worker : workers_) {
    const auto began = worker.pass_began.load();
    if (began != 0)
      longest = std::max(longest, now.time_since_epoch() - steady_clock::duration(began));
  }
  return longest;
}

void Controller::refresh_gauges() {
  metrics_.set_queue_depth(queue_.depth());
  metrics_.set_waiting(store_.size());
}

}  // namespace controller
