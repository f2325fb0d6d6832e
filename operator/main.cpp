#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "base/log.h"
#include "base/metrics.h"
#include "config.h"
#include "controller/connection_checks.h"
#include "controller/controller.h"
#include "controller/fenced_kafka.h"
#include "controller/health.h"
#include "controller/reconciler.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "kube/api.h"
#include "kube/config.h"
#include "kube/definition_check.h"
#include "kube/event_recorder.h"
#include "kube/http.h"
#include "kube/leader_election.h"
#include "kube/watcher.h"
#include "listener.h"
#include "version.h"

// Wires everything; the only file that knows all folders.
namespace {

// Far beyond what a pass can take with every deadline in it used up: then a worker hangs.
constexpr std::chrono::minutes kLongestHealthyPass{5};
// What the passes under way get to come to their end when the operator is to stop. The chart's
// terminationGracePeriodSeconds is above it.
constexpr std::chrono::seconds kDrain{30};

// How long the end waits for events that are not told yet.
constexpr std::chrono::seconds kLastEvents{3};
// The same of a leader that was replaced, which must be gone soon.
constexpr std::chrono::seconds kLastEventsOfLost{1};

// A commit begins only if it will be over before the lease is. As the lease is renewed every
// retry_period, and that may take as long again, this is what it has at any time.
std::chrono::milliseconds commit_deadline(const config::LeaderElect& elect) {
  if (!elect.is_enabled) return kafka::kLongestCommit;
  return std::min<std::chrono::milliseconds>(kafka::kLongestCommit,
                                             elect.timing.duration - elect.timing.retry_period * 2);
}

std::string versions() {
  return fmt::format("{} {} (librdkafka {}, cpp-httplib {})", version::name, version::number,
                     kafka::library_version(), CPPHTTPLIB_VERSION);
}

core::TimePoint system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Of debug builds only: OFFSET_RESET_HOLD="after CommitPlan" stops the process there (SIGSTOP), so
// that a test can kill it at that moment, or let it go on later. OFFSET_RESET_HOLD_WORKER holds
// only the worker that is there, for good, so that other resets get there too.
controller::Reconciler::AtEffect hold_for_tests() {
#ifdef NDEBUG
  return {};
#else
  const auto wanted = [](const char* name) {
    const char* const moment = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return std::string(moment == nullptr ? "" : moment);
  };
  const auto process = wanted("OFFSET_RESET_HOLD");
  const auto worker = wanted("OFFSET_RESET_HOLD_WORKER");
  if (process.empty() && worker.empty()) return {};
  return [process, worker](std::string_view at) {
    if (at != process && at != worker) return;
    base::log_info("held", {{"moment", at}});
    if (at == process) std::raise(SIGSTOP);
    while (at == worker) pause();
  };
#endif
}

core::Policy policy_of(const config::Config& config, const kube::Config& kube) {
  return {config.allow_inline_bootstrap_servers, config.cluster_connections, kube.namespace_name};
}

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void wait_for_end_signal() {
  const sigset_t signals = end_signals();
  int signal = 0;
  sigwait(&signals, &signal);
}

// A second signal ends the process at once.
void give_up_on_next_signal() {
  std::thread([] {
    wait_for_end_signal();
    std::_Exit(1);
  }).detach();
}

// What runs, in the order in which it depends on each other; destroyed in reverse.
class Operator {
 public:
  Operator(const config::Config& config, kube::Config kube)
      : http_(std::move(kube), metrics_),
        events_(http_, metrics_),
        api_(http_, events_),
        commit_deadline_(commit_deadline(config.leader_elect)),
        kafka_(metrics_, commit_deadline_),
        fenced_kafka_(kafka_, [this] { return may_commit(); }),
        controller_(controller::Reconciler(fenced_kafka_, api_, system_now, hold_for_tests(), {},
                                           policy_of(config, http_.config())),
                    fenced_kafka_, metrics_, system_now, config.workers),
        connection_checks_(
            fenced_kafka_, api_, system_now, policy_of(config, http_.config()),
            [this](const core::ConnectionId& id) { controller_.connection_changed(id); }, {}),
        metrics_listener_(config.metrics_bind_address),
        health_listener_(config.health_probe_bind_address),
        namespaces_(config.watch_namespaces),
        uses_cluster_connections_(config.cluster_connections) {
    metrics_.gauge("build_info", "Always 1; the labels say what runs.")
        .Add({{"version", std::string(version::number)},
              {"librdkafka", kafka::library_version()},
              {"httplib", CPPHTTPLIB_VERSION}})
        .Set(1);
    controller_.when_used([this](const core::ConnectionId& id, const core::Error& outcome) {
      connection_checks_.used(id, outcome);
    });
    if (namespaces_.empty()) namespaces_.emplace_back();  // all of them
    if (config.leader_elect.is_enabled) {
      const std::string& given = config.leader_elect.namespace_name;
      election_.emplace(http_, metrics_, events_,
                        given.empty() ? http_.config().namespace_name : given,
                        config.leader_elect.timing);
    }
    bind();
  }

  bool start() {
    if (!metrics_listener_.start() || !health_listener_.start()) return false;
    definition_check_.emplace(http_, metrics_);
    if (election_) {
      election_->start({[this] { work(); }, [this] { give_up(); }});
    } else {
      work();
    }
    return true;
  }

  // Ends what depends on others before the others: no new work, the passes under way to their end,
  // the watches, probes and metrics; then the lease, so that whoever leads next finds nobody at
  // work. False if a pass did not end in time: then it is left to the lease to end.
  bool stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    connection_checks_.stop();
    const bool is_drained = controller_.stop(kDrain);
    {
      const std::lock_guard lock(mutex_);
      for (auto& watcher : watchers_) watcher.stop();
      for (auto& watcher : connection_watchers_) watcher.stop();
      watchers_.clear();
      connection_watchers_.clear();
    }
    metrics_listener_.stop();
    health_listener_.stop();
    if (election_ && is_drained) election_->stop();
    events_.flush(kLastEvents);
    return is_drained;
  }

 private:
  // Begins to work; from the election's thread, if there is one.
  void work() {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    controller_.start();
    connection_checks_.start();
    for (const std::string& name : namespaces_) {
      watchers_.emplace_back(http_, metrics_, kube::reset_feed(name, [this](core::Change change) {
                               controller_.on_change(std::move(change));
                             }));
      watch_connections(core::ConnectionKind::KafkaConnection, name);
    }
    if (uses_cluster_connections_) {
      watch_connections(core::ConnectionKind::ClusterKafkaConnection, {});
    }
    is_working_ = true;
  }

  // With mutex_ held. Where they can't be watched (an older installation) resets go on: they read
  // the connection that they name.
  void watch_connections(core::ConnectionKind kind, const std::string& namespace_name) {
    connection_watchers_.emplace_back(
        http_, metrics_,
        kube::connection_feed(kind, namespace_name, [this](core::ConnectionChange change) {
          connection_checks_.on_change(std::move(change));
        }));
  }

  // Another one leads by now: whatever is under way here must not go on.
  void give_up() {
    events_.flush(kLastEventsOfLost);
    std::_Exit(1);
  }

  bool may_commit() const { return !election_ || election_->is_held_for(commit_deadline_); }

  // A standby is ready: to take over.
  bool has_synced() const {
    const std::lock_guard lock(mutex_);
    if (!is_working_) return election_.has_value();
    return watchers_.size() == namespaces_.size() &&
           std::all_of(watchers_.begin(), watchers_.end(),
                       [](const kube::Watcher& watcher) { return watcher.has_synced(); });
  }

  void bind() {
    const std::vector<controller::Check> live{
        {"workers", [this] { return controller_.longest_pass() < kLongestHealthyPass; }}};
    const std::vector<controller::Check> ready{{"watch", [this] { return has_synced(); }}};
    for (const char* path : {"/healthz", "/livez"}) {
      health_listener_.serve(path,
                             [live](bool verbose) { return controller::probe(live, verbose); });
    }
    health_listener_.serve("/readyz",
                           [ready](bool verbose) { return controller::probe(ready, verbose); });
    metrics_listener_.serve("/metrics", [this](bool) {
      controller_.refresh_gauges();
      return controller::Reply{200, metrics_.text()};
    });
  }

  base::Metrics metrics_;
  kube::Http http_;
  kube::EventRecorder events_;
  kube::Api api_;
  const std::chrono::milliseconds commit_deadline_;
  kafka::Admin kafka_;
  controller::FencedKafka fenced_kafka_;
  controller::Controller controller_;
  controller::ConnectionChecks connection_checks_;
  Listener metrics_listener_;
  Listener health_listener_;
  std::vector<std::string> namespaces_;
  const bool uses_cluster_connections_;
  mutable std::mutex mutex_;
  bool is_stopping_ = false;  // guarded by mutex_, as the next two
  bool is_working_ = false;
  std::deque<kube::Watcher> watchers_;  // a watcher can't be moved
  std::deque<kube::Watcher> connection_watchers_;
  std::optional<kube::DefinitionCheck> definition_check_;
  std::optional<kube::LeaderElection> election_;
};

int run(const config::Config& config) {
  if (const auto checked = kafka::check_library_version(); !checked) {
    base::log_error("librdkafka is too old", {{"error", checked.error().message}});
    return 1;
  }
  auto kube = kube::load_config(config.kubeconfig);
  if (!kube) {
    base::log_error("no way to the API server", {{"error", kube.error().message}});
    return 1;
  }
  base::log_info("starting", {{"version", versions()}, {"api_server", kube->origin}});
  Operator running(config, std::move(*kube));
  if (!running.start()) {
    base::log_error("a bind address is in use or not ours",
                    {{"metrics", config.metrics_bind_address.port},
                     {"health", config.health_probe_bind_address.port}});
    return 1;
  }
  wait_for_end_signal();
  give_up_on_next_signal();
  base::log_info("stopping");
  if (!running.stop()) {
    // Not by return: that would wait for it. The next start goes on where the status says.
    base::log_error("a reset did not come to an end; leaving it", {{"seconds", kDrain.count()}});
    std::_Exit(1);
  }
  base::log_info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = config::parse(argc, argv, versions());
  if (const auto* exit = std::get_if<config::Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  // Blocked in every thread, and taken with sigwait by this one.
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const auto& config = std::get<config::Config>(parsed);
  base::set_log_level(config.log_level);
  return run(config);
}
