#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/pass_timer.h"
#include "core/next.h"
#include "core/ports.h"

namespace controller {

// What a pass came to. kind_of(result.reason) says what is next, but for a result that could not be
// written: that pass is to be made again.
struct Outcome {
  core::Error result;
  bool is_written = true;                      // or had nothing to write
  std::chrono::milliseconds poll{0};           // of Kind::Waiting and Kind::Paused
  std::optional<core::OffsetReset> written;    // the resource as the last write of the pass left it
  std::optional<core::Settling> settling;      // for the next pass
  std::optional<core::Connection> connection;  // by which Kafka was reached, or was to be
  std::string cluster_id;                      // of the cluster that answered; empty: none did
  bool was_too_long = false;                   // it was ended by its deadline
};

// Performs the steps that core::next asks for, and decides nothing. Thread-safe if the ports are.
class Reconciler {
 public:
  using Now = std::function<core::TimePoint()>;
  // Called before and after each effect ("before CommitPlan"); tests stop the work there.
  using AtEffect = std::function<void(std::string_view moment)>;

  Reconciler(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now, AtEffect at_effect = {},
             PassLimit limit = {}, core::Policy policy = {});

  // `seen` holds the resource, when the pass begins, and what is known beside it.
  Outcome reconcile(core::Observed seen);

  // Instead of another pass: ends the resource with that outcome.
  Outcome conclude(const core::OffsetReset& resource, const core::Error& outcome);

 private:
  void perform(const core::SaveInstant& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadReset& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadConfigMap& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadConnection& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadNamespace& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadCredentials& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::ReadKafka& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::FindCommit& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::SavePlan& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::CommitPlan& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::Verify& step, core::Observed& seen, PassTimer& timer);
  void perform(const core::DeleteReset& step, core::Observed& seen, PassTimer& timer);
  Outcome perform(const core::Finish& step, const core::Observed& seen);

  template <typename Perform>
  auto around(std::string_view moment, Perform perform);
  // The same if there is time for it; else the error that says so.
  template <typename Perform>
  auto in_time(const Effect& effect, PassTimer& timer, Perform perform);

  core::Kafka& kafka_;
  core::Kubernetes& kubernetes_;
  Now now_;
  AtEffect at_effect_;
  PassLimit limit_;
  core::Policy policy_;
};

}  // namespace controller
