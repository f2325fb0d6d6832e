#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/reason.h"
#include "kube/exec_credential.h"
#include "kube/patience.h"

namespace kube {

// The credential of an exec plugin, kept until shortly before it expires. The plugin runs on a
// thread of its own, once at a time however many ask: requests go on with the old credential while
// the next one is on its way, and wait only where there is none that is good. Thread-safe.
class ExecSource {
 public:
  using Run = std::function<core::Result<ExecCredential>(const std::stop_token&)>;

  struct Timing {
    // How long before its end a credential is replaced, but never in the first three quarters of
    // its life.
    std::chrono::milliseconds margin{60'000};
    // Between two runs, so that a plugin that fails, or whose credentials are refused or over at
    // once, is not run for every request.
    std::chrono::milliseconds pause{5'000};
    std::function<core::TimePoint()> now = [] {
      return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
  };

  // Nothing is run before somebody asks.
  explicit ExecSource(Run run);
  ExecSource(Run run, Timing timing);

  // The error is that of the last run, or that it is not over yet.
  core::Result<ExecCredential> current(const Patience& patience);

  // Has the plugin run when the server has refused this credential (401), unless there is another
  // one by now; returns when it has run.
  void renew(const std::string& token, const KeyPair& key_pair, const Patience& patience);

 private:
  using SteadyPoint = std::chrono::steady_clock::time_point;

  void work(const std::stop_token& stop);
  // With mutex_ held:
  bool is_good() const;
  bool is_due() const;
  bool has_just_run() const;
  void ask();
  void wait_for_run(std::unique_lock<std::mutex>& lock, const Patience& patience);
  void take(core::Result<ExecCredential> result);

  const Run run_;
  const Timing timing_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<ExecCredential> credential_;
  core::TimePoint replace_at_;             // of the credential, if it expires
  core::Result<void> last_run_;            // how it ended
  std::optional<SteadyPoint> last_ended_;  // none: there was no run
  std::uint64_t runs_ = 0;                 // that have ended
  bool is_wanted_ = false;                 // one that has not ended yet

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
