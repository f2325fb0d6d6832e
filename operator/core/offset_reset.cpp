#include "core/offset_reset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/text.h"

namespace core {
namespace {

bool builds_on_a_commit(const Destination& to) {
  const auto* position = std::get_if<ToPosition>(&to);
  return std::holds_alternative<ToShift>(to) || std::holds_alternative<ToGroup>(to) ||
         (position != nullptr && position->position == Position::Current);
}

}  // namespace

MissingCommit missing_commit_for(const Spec& spec, const Destination& to) {
  return spec.missing_commit.value_or(builds_on_a_commit(to) ? MissingCommit::Fail
                                                             : MissingCommit::Set);
}

std::string describe_destination(const Spec& spec) {
  const bool is_mixed = std::any_of(spec.topics.begin(), spec.topics.end(),
                                    [](const TopicScope& scope) { return scope.to.has_value(); });
  if (!is_mixed) return spec.to ? describe(*spec.to) : "";
  std::vector<std::string> parts;
  for (const TopicScope& scope : spec.topics) {
    const auto& to = scope.to ? scope.to : spec.to;
    if (to) parts.push_back(fmt::format("{} ({})", describe(*to), scope.topic));
  }
  return listed(parts);
}

}  // namespace core
