#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/next.h"
#include "core/ports.h"

namespace controller {

// What a pass came to. kind_of(result.reason) says what is next, but for a result that could not be
// written: that pass is to be made again.
struct Outcome {
  core::Error result;
  bool is_written = true;                    // or had nothing to write
  std::chrono::milliseconds poll{0};         // of Kind::Waiting and Kind::Paused
  std::optional<core::OffsetReset> written;  // the resource as the last write of the pass left it
  std::optional<core::Settling> settling;    // for the next pass
  std::string cluster_id;                    // of the cluster that answered; empty: none did
};

// Performs the steps that core::next asks for, and decides nothing. Thread-safe if the ports are.
class Reconciler {
 public:
  using Now = std::function<core::TimePoint()>;
  // Called before and after each effect ("before CommitPlan"); tests stop the work there.
  using AtEffect = std::function<void(std::string_view moment)>;

  Reconciler(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now, AtEffect at_effect = {});

  // `seen` holds the resource, when the pass begins, and what is known beside it.
  Outcome reconcile(core::Observed seen);

 private:
  void perform(const core::SaveInstant& step, core::Observed& seen);
  void perform(const core::ReadReset& step, core::Observed& seen);
  void perform(const core::ReadConfigMap& step, core::Observed& seen);
  void perform(const core::ReadKafka& step, core::Observed& seen);
  void perform(const core::FindCommit& step, core::Observed& seen);
  void perform(const core::SavePlan& step, core::Observed& seen);
  void perform(const core::CommitPlan& step, core::Observed& seen);
  void perform(const core::Verify& step, core::Observed& seen);
  void perform(const core::DeleteReset& step, core::Observed& seen);
  Outcome perform(const core::Finish& step, const core::Observed& seen);

  template <typename Effect>
  auto around(std::string_view name, Effect effect);

  core::Kafka& kafka_;
  core::Kubernetes& kubernetes_;
  Now now_;
  AtEffect at_effect_;
};

}  // namespace controller
