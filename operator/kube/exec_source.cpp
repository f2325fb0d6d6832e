#include "kube/exec_source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace kube {

ExecSource::ExecSource(Run run) : ExecSource(std::move(run), Timing{}) {}

ExecSource::ExecSource(Run run, Timing timing) : run_(std::move(run)), timing_(std::move(timing)) {}

core::Result<ExecCredential> ExecSource::current(const Patience& patience) {
  std::unique_lock lock(mutex_);
  if (is_good()) {
    if (is_due() && !has_just_run()) ask();
    return *credential_;
  }
  if (!has_just_run()) {
    ask();
    wait_for_run(lock, patience);
  }
  // One that is over as soon as it comes is used nevertheless, as by client-go.
  if (!last_run_) return tl::unexpected(last_run_.error());
  if (is_good() || (credential_ && has_just_run())) return *credential_;
  return core::fail(core::Reason::KubernetesUnavailable, "the exec plugin has not ended yet");
}

void ExecSource::renew(const std::string& token, const KeyPair& key_pair,
                       const Patience& patience) {
  std::unique_lock lock(mutex_);
  const bool is_another =
      credential_ && (credential_->token != token || credential_->key_pair != key_pair);
  if (is_another || has_just_run()) return;
  ask();
  wait_for_run(lock, patience);
}

void ExecSource::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return is_wanted_; })) {
    lock.unlock();
    auto result = run_(stop);
    lock.lock();
    take(std::move(result));
    changed_.notify_all();
  }
}

bool ExecSource::is_good() const {
  return credential_ && (!credential_->expires || timing_.now() < *credential_->expires);
}

bool ExecSource::is_due() const {
  return credential_ && credential_->expires && timing_.now() >= replace_at_;
}

bool ExecSource::has_just_run() const {
  return last_ended_ && std::chrono::steady_clock::now() - *last_ended_ < timing_.pause;
}

void ExecSource::ask() {
  is_wanted_ = true;
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  changed_.notify_all();
}

void ExecSource::wait_for_run(std::unique_lock<std::mutex>& lock, const Patience& patience) {
  const auto before = runs_;
  changed_.wait_until(lock, patience.stop, patience.until, [&] { return runs_ != before; });
}

void ExecSource::take(core::Result<ExecCredential> result) {
  is_wanted_ = false;
  ++runs_;
  last_ended_ = std::chrono::steady_clock::now();
  if (!result) {
    base::log_warning("exec plugin failed", {{"error", result.error().message}});
    last_run_ = tl::unexpected(result.error());
    return;
  }
  last_run_ = {};
  credential_ = *std::move(result);
  if (!credential_->expires) return;
  const auto life = std::max(*credential_->expires - timing_.now(), core::TimePoint::duration(0));
  replace_at_ =
      *credential_->expires - std::min<core::TimePoint::duration>(timing_.margin, life / 4);
}

}  // namespace kube
