#include "support/operator/running_operator.h"

#include <sstream>
#include <utility>

#include "base/log.h"

namespace tests {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kRequestDeadline{500};
constexpr std::chrono::milliseconds kCommitDeadline{500};
constexpr kube::LeaseTiming kLease{1'500ms, 1'000ms, 30ms};
constexpr kube::RecorderTiming kRecorder{kRequestDeadline, 5ms, 50ms, 6};
constexpr controller::GroupWatch::Timing kGroupWatch{2ms, 20ms};
constexpr kube::WatchTiming kWatch{
    .first_pause = 5ms, .longest_pause = 50ms, .shortest_watch = 30s, .longest_watch = 60s};

}  // namespace

core::TimePoint system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

RunningOperator::RunningOperator(const std::string& server_url, core::Kafka& kafka,
                                 OperatorSettings settings)
    : http_(*kube::config_without_credentials(server_url), metrics_),
      events_(http_, metrics_, "in-process", kRecorder),
      api_(http_, events_, {}, kRequestDeadline),
      kafka_(kafka, [this] { return may_commit(); }),
      controller_(controller::Reconciler(kafka_, api_, settings.now, std::move(settings.at_effect)),
                  kafka_, metrics_, settings.now, settings.workers, kGroupWatch) {
  base::set_log_level(base::Level::Error);
  if (settings.elects_leader) election_.emplace(http_, metrics_, events_, "operators", kLease);
}

RunningOperator::~RunningOperator() {
  if (election_) election_->stop();
}

void RunningOperator::start() {
  if (!election_) return work();
  election_->start({[this] { work(); }, [this] { has_lost_lease_ = true; }});
}

void RunningOperator::work() {
  controller_.start();
  const std::lock_guard lock(mutex_);
  watcher_.emplace(
      http_, metrics_,
      kube::reset_feed("",
                       [this](core::Change change) { controller_.on_change(std::move(change)); }),
      kWatch);
}

bool RunningOperator::may_commit() const {
  return !election_ || election_->is_held_for(kCommitDeadline);
}

bool RunningOperator::stop() {
  const bool is_drained = controller_.stop(20s);
  if (election_) election_->stop();
  events_.flush(5s);
  return is_drained;
}

bool RunningOperator::has_synced() const {
  const std::lock_guard lock(mutex_);
  return watcher_ && watcher_->has_synced();
}

int RunningOperator::passes() const {
  std::istringstream lines(metrics_.text());
  int passes = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("controller_runtime_reconcile_total{")) {
      passes += std::stoi(line.substr(line.rfind(' ')));
    }
  }
  return passes;
}

}  // namespace tests
