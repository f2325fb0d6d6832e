#include "core/conditions.h"

#include <algorithm>
#include <string_view>

namespace core {
namespace {

constexpr const char* kReady = "Ready";
constexpr const char* kReconciling = "Reconciling";
constexpr const char* kStalled = "Stalled";
constexpr const char* kSucceeded = "Succeeded";
constexpr std::size_t kMaxMessage = 32'768;  // metav1.Condition

// An empty status of a condition: it is absent.
struct Shown {
  std::string_view ready;
  std::string_view reconciling;
  std::string_view stalled;
  std::string_view succeeded;
};

constexpr Shown shown(Reason reason) {
  if (reason == Reason::Suspended) return {"False", "", "", "Unknown"};
  switch (kind_of(reason)) {
    case Kind::Success:
      return {"True", "", "", "True"};
    case Kind::Working:
      return {"Unknown", "True", "", "Unknown"};
    case Kind::Waiting:
    case Kind::Paused:
    case Kind::TransientError:
      return {"False", "True", "", "Unknown"};
    case Kind::FixableError:
      return {"False", "", "True", "Unknown"};
    case Kind::UserError:
    case Kind::TerminalError:
      return {"False", "", "True", "False"};
  }
  return {"False", "", "True", "False"};  // unreachable: every enumerator is above
}

// Cut at a character, not inside of one.
std::string bounded(std::string message) {
  if (message.size() <= kMaxMessage) return message;
  std::size_t end = kMaxMessage - 3;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80U) --end;
  return message.substr(0, end) + "...";
}

auto find(std::vector<Condition>& conditions, const char* type) {
  return std::find_if(conditions.begin(), conditions.end(),
                      [type](const Condition& condition) { return condition.type == type; });
}

void set_condition(std::vector<Condition>& conditions, Condition wanted) {
  const auto found = find(conditions, wanted.type.c_str());
  if (wanted.status.empty()) {
    if (found != conditions.end()) conditions.erase(found);
  } else if (found == conditions.end()) {
    conditions.push_back(std::move(wanted));
  } else {
    if (found->status == wanted.status) wanted.last_transition_time = found->last_transition_time;
    *found = std::move(wanted);
  }
}

void set_conditions(std::vector<Condition>& conditions, const Shown& values, const Error& outcome,
                    std::int64_t generation, TimePoint now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto set = [&](const char* type, std::string_view value) {
    set_condition(conditions,
                  Condition{type, std::string(value), generation, second,
                            std::string(to_string(outcome.reason)), bounded(outcome.message)});
  };
  set(kReady, values.ready);
  set(kReconciling, values.reconciling);
  set(kStalled, values.stalled);
  set(kSucceeded, values.succeeded);
}

}  // namespace

void set_outcome(Status& status, const Error& outcome, std::int64_t generation, TimePoint now) {
  const Kind kind = kind_of(outcome.reason);
  set_conditions(status.conditions, shown(outcome.reason), outcome, generation, now);
  status.observed_generation = generation;
  status.closed = is_final(outcome.reason);
  if (!status.start_time) status.start_time = now;
  status.completion_time =
      kind == Kind::Success || status.closed ? std::optional(now) : std::nullopt;
}

void set_outcome(ConnectionStatus& status, const Error& outcome, std::int64_t generation,
                 TimePoint now) {
  Shown values = shown(outcome.reason);
  values.succeeded = "";
  set_conditions(status.conditions, values, outcome, generation, now);
  status.observed_generation = generation;
}

bool is_ready(const ConnectionStatus& status, std::int64_t generation) {
  return status.observed_generation == generation &&
         std::any_of(status.conditions.begin(), status.conditions.end(),
                     [](const Condition& condition) {
                       return condition.type == kReady && condition.status == "True";
                     });
}

std::optional<Reason> reason_of(const Status& status) {
  for (const Condition& condition : status.conditions) {
    if (condition.type == kSucceeded) return reason_from(condition.reason);
  }
  return std::nullopt;
}

bool is_finished(const Status& status) {
  const auto reason = reason_of(status);
  return reason && is_final(*reason);
}

bool has_saved_plan(const Status& status) {
  return !status.rows.empty() && reason_of(status) != Reason::DryRunSucceeded &&
         !is_finished(status);
}

}  // namespace core
