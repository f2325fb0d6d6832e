#include "core/events.h"

#include <fmt/format.h>

#include "core/conditions.h"
#include "core/messages.h"

namespace core {
namespace {

Event::Type type_of(Kind kind) {
  switch (kind) {
    case Kind::Success:
    case Kind::Working:
    case Kind::Waiting:
    case Kind::Paused:
      return Event::Type::Normal;
    case Kind::UserError:
    case Kind::FixableError:
    case Kind::TerminalError:
    case Kind::TransientError:
      return Event::Type::Warning;
  }
  return Event::Type::Warning;  // unreachable: every enumerator is above
}

std::string message_of(const Status& status) {
  for (const Condition& condition : status.conditions) {
    if (condition.type == "Succeeded") return condition.message;
  }
  return {};
}

}  // namespace

std::vector<Event> events_of(const OffsetReset& before, const OffsetReset& after) {
  const auto reason = reason_of(after.status);
  if (!reason || reason == reason_of(before.status) || kind_of(*reason) == Kind::Working) return {};
  std::vector<Event> events{{after.key, after.uid, type_of(kind_of(*reason)),
                             std::string(to_string(*reason)), message_of(after.status)}};
  const bool will_be_deleted = is_finished(after.status) && after.spec && after.spec->ttl;
  if (will_be_deleted && !after.gitops_tool.empty()) {
    events.push_back({after.key, after.uid, Event::Type::Warning, "WillBeAppliedAgain",
                      applied_again_message(after.gitops_tool)});
  }
  return events;
}

}  // namespace core
