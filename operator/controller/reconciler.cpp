#include "controller/reconciler.h"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "controller/credentials.h"
#include "core/conditions.h"
#include "core/connecting.h"
#include "core/events.h"

namespace controller {
namespace {

using core::Observed;
using core::Reason;

constexpr Effect kSaveInstant{"SaveInstant", "writing the status", Reason::KubernetesUnavailable};
constexpr Effect kReadReset{"ReadReset", "reading the reset to undo",
                            Reason::KubernetesUnavailable};
constexpr Effect kReadConfigMap{"ReadConfigMap", "reading the ConfigMap",
                                Reason::KubernetesUnavailable};
constexpr Effect kReadConnection{"ReadConnection", "reading the connection",
                                 Reason::KubernetesUnavailable};
constexpr Effect kReadNamespace{"ReadNamespace", "reading the namespace",
                                Reason::KubernetesUnavailable};
constexpr Effect kReadCredentials{"ReadCredentials", "reading the connection's Secrets",
                                  Reason::KubernetesUnavailable};
constexpr Effect kReadKafka{"ReadKafka", "reading from Kafka", Reason::KafkaUnavailable};
constexpr Effect kFindCommit{"FindCommit", "searching the coordinator's log",
                             Reason::KafkaUnavailable};
constexpr Effect kSavePlan{"SavePlan", "writing the plan into the status",
                           Reason::KubernetesUnavailable};
constexpr Effect kCommitRequest{"CommitRequest", "committing", Reason::KafkaUnavailable};
constexpr Effect kVerify{"Verify", "reading back from Kafka", Reason::KafkaUnavailable};
constexpr Effect kDeleteReset{"DeleteReset", "deleting the reset", Reason::KubernetesUnavailable};

}  // namespace

Reconciler::Reconciler(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now,
                       AtEffect at_effect, PassLimit limit, core::Policy policy)
    : kafka_(kafka),
      kubernetes_(kubernetes),
      now_(std::move(now)),
      at_effect_(std::move(at_effect)),
      limit_(std::move(limit)),
      policy_(std::move(policy)) {}

template <typename Perform>
auto Reconciler::around(std::string_view moment, Perform perform) {
  if (at_effect_) at_effect_(fmt::format("before {}", moment));
  auto result = perform();
  if (at_effect_) at_effect_(fmt::format("after {}", moment));
  return result;
}

template <typename Perform>
auto Reconciler::in_time(const Effect& effect, PassTimer& timer, Perform perform) {
  using Performed = decltype(perform());
  if (auto refusal = timer.refuses(effect)) return Performed(tl::unexpected(*std::move(refusal)));
  return timer.time(effect, [&] { return around(effect.name, perform); });
}

void Reconciler::perform(const core::SaveInstant& step, Observed& seen, PassTimer& timer) {
  seen.instant =
      in_time(kSaveInstant, timer, [&] { return kubernetes_.write_status(step.resource); });
}

void Reconciler::perform(const core::ReadReset& step, Observed& seen, PassTimer& timer) {
  seen.undone = in_time(kReadReset, timer, [&] { return kubernetes_.read_reset(step.key); });
}

void Reconciler::perform(const core::ReadConfigMap& step, Observed& seen, PassTimer& timer) {
  seen.csv = in_time(kReadConfigMap, timer,
                     [&] { return kubernetes_.read_config_map(step.config_map, step.key); });
}

void Reconciler::perform(const core::ReadConnection& step, Observed& seen, PassTimer& timer) {
  seen.connection =
      in_time(kReadConnection, timer, [&] { return kubernetes_.read_connection(step.id); });
}

void Reconciler::perform(const core::ReadNamespace& step, Observed& seen, PassTimer& timer) {
  seen.namespace_labels =
      in_time(kReadNamespace, timer, [&] { return kubernetes_.read_namespace_labels(step.name); });
}

void Reconciler::perform(const core::ReadCredentials& step, Observed& seen, PassTimer& timer) {
  seen.credentials =
      in_time(kReadCredentials, timer, [&] { return read_credentials(kubernetes_, step.holders); });
}

void Reconciler::perform(const core::ReadKafka& step, Observed& seen, PassTimer& timer) {
  seen.snapshot = in_time(kReadKafka, timer, [&] { return kafka_.read(step.request); });
}

void Reconciler::perform(const core::FindCommit& step, Observed& seen, PassTimer& timer) {
  seen.history = in_time(kFindCommit, timer, [&] { return kafka_.was_committed(step.request); });
}

void Reconciler::perform(const core::SavePlan& step, Observed& seen, PassTimer& timer) {
  seen.saved = in_time(kSavePlan, timer, [&] { return kubernetes_.write_status(step.resource); });
}

void Reconciler::perform(const core::CommitPlan& step, Observed& seen, PassTimer& timer) {
  seen.committed = around("CommitPlan", [&]() -> core::Result<void> {
    for (const auto& request : step.requests) {
      auto committed = in_time(kCommitRequest, timer, [&] { return kafka_.commit(request); });
      if (!committed) return committed;
    }
    return {};
  });
}

void Reconciler::perform(const core::Verify& step, Observed& seen, PassTimer& timer) {
  seen.verified = in_time(kVerify, timer, [&] { return kafka_.read(step.request); });
}

void Reconciler::perform(const core::DeleteReset& step, Observed& seen, PassTimer& timer) {
  seen.deleted =
      in_time(kDeleteReset, timer, [&] { return kubernetes_.delete_reset(step.key, step.uid); });
}

Outcome Reconciler::perform(const core::Finish& step, const Observed& seen) {
  Outcome outcome;
  outcome.result = step.outcome;
  outcome.poll = step.poll;
  outcome.settling = step.settling;
  outcome.connection = core::reach_of(seen);
  if (seen.snapshot && *seen.snapshot) outcome.cluster_id = (*seen.snapshot)->cluster_id;
  if (seen.instant && *seen.instant) outcome.written = **seen.instant;
  if (seen.saved && *seen.saved) outcome.written = **seen.saved;
  if (!step.write) return outcome;
  // Also when the deadline is over: it tells what the pass came to.
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
  PassTimer timer(limit_);
  seen.policy = policy_;
  while (true) {
    const core::Step step = core::next(seen);
    if (const auto* finish = std::get_if<core::Finish>(&step)) {
      Outcome outcome = perform(*finish, seen);
      outcome.was_too_long = timer.has_refused();
      return outcome;
    }
    std::visit(
        [&](const auto& effect) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(effect)>, core::Finish>) {
            perform(effect, seen, timer);
          }
        },
        step);
    seen.now = now_();
  }
}

Outcome Reconciler::conclude(const core::OffsetReset& resource, const core::Error& outcome) {
  Observed seen;
  seen.resource = resource;
  core::Finish finish{outcome, resource, {}, {}};
  set_outcome(finish.write->status, outcome, resource.generation, now_());
  return perform(finish, seen);
}

}  // namespace controller
