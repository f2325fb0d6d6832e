#include "controller/reconciler.h"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "core/events.h"

namespace controller {

using core::Observed;

Reconciler::Reconciler(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now,
                       AtEffect at_effect)
    : kafka_(kafka),
      kubernetes_(kubernetes),
      now_(std::move(now)),
      at_effect_(std::move(at_effect)) {}

template <typename Effect>
auto Reconciler::around(std::string_view name, Effect effect) {
  if (at_effect_) at_effect_(fmt::format("before {}", name));
  auto result = effect();
  if (at_effect_) at_effect_(fmt::format("after {}", name));
  return result;
}

void Reconciler::perform(const core::SaveInstant& step, Observed& seen) {
  seen.instant = around("SaveInstant", [&] { return kubernetes_.write_status(step.resource); });
}

void Reconciler::perform(const core::ReadReset& step, Observed& seen) {
  seen.undone = around("ReadReset", [&] { return kubernetes_.read_reset(step.key); });
}

void Reconciler::perform(const core::ReadConfigMap& step, Observed& seen) {
  seen.csv = around("ReadConfigMap",
                    [&] { return kubernetes_.read_config_map(step.config_map, step.key); });
}

void Reconciler::perform(const core::ReadKafka& step, Observed& seen) {
  seen.snapshot = around("ReadKafka", [&] { return kafka_.read(step.request); });
}

void Reconciler::perform(const core::FindCommit& step, Observed& seen) {
  seen.history = around("FindCommit", [&] { return kafka_.was_committed(step.request); });
}

void Reconciler::perform(const core::SavePlan& step, Observed& seen) {
  seen.saved = around("SavePlan", [&] { return kubernetes_.write_status(step.resource); });
}

void Reconciler::perform(const core::CommitPlan& step, Observed& seen) {
  seen.committed = around("CommitPlan", [&]() -> core::Result<void> {
    for (const auto& request : step.requests) {
      auto committed = around("CommitRequest", [&] { return kafka_.commit(request); });
      if (!committed) return committed;
    }
    return {};
  });
}

void Reconciler::perform(const core::Verify& step, Observed& seen) {
  seen.verified = around("Verify", [&] { return kafka_.read(step.request); });
}

void Reconciler::perform(const core::DeleteReset& step, Observed& seen) {
  seen.deleted =
      around("DeleteReset", [&] { return kubernetes_.delete_reset(step.key, step.uid); });
}

Outcome Reconciler::perform(const core::Finish& step, const Observed& seen) {
  Outcome outcome{step.outcome, true, step.poll, std::nullopt, step.settling, ""};
  if (seen.snapshot && *seen.snapshot) outcome.cluster_id = (*seen.snapshot)->cluster_id;
  if (seen.instant && *seen.instant) outcome.written = **seen.instant;
  if (seen.saved && *seen.saved) outcome.written = **seen.saved;
  if (!step.write) return outcome;
  auto stored = around("Finish", [&] { return kubernetes_.write_status(*step.write); });
  if (stored) {
    for (const auto& event : core::events_of(seen.resource, *stored)) {
      kubernetes_.record_event(event);
    }
    outcome.written = std::move(*stored);
  } else {
    outcome.result = std::move(stored.error());
    outcome.is_written = false;
  }
  return outcome;
}

Outcome Reconciler::reconcile(Observed seen) {
  while (true) {
    const core::Step step = core::next(seen);
    if (const auto* finish = std::get_if<core::Finish>(&step)) return perform(*finish, seen);
    std::visit(
        [&](const auto& effect) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(effect)>, core::Finish>) {
            perform(effect, seen);
          }
        },
        step);
    seen.now = now_();
  }
}

}  // namespace controller
