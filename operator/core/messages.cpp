#include "core/messages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/rfc3339.h"

namespace core {
namespace {

// A stopped consumer that did not say good-bye stays a member for so long.
constexpr const char* kSessionTimeoutHint =
    "A stopped client still counts as a member until its session timeout is over: 10 s by default "
    "for clients of the cloud API, 45 s for Kafka's own defaults.";

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string named_members(const GroupStatus& group) {
  if (group.members.empty()) return "has active members";
  std::vector<std::string> names;
  names.reserve(group.members.size());
  for (const Member& member : group.members) {
    names.push_back(fmt::format("{} on {} ({})", member.client_id, member.host,
                                counted(member.partitions, "partition")));
  }
  const auto more = group.member_count - static_cast<std::int64_t>(names.size());
  return fmt::format("has {}: {}{}", counted(group.member_count, "active member"),
                     fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string skipped(const Summary& summary) {
  return summary.skipped == 0 ? "" : fmt::format(", {} skipped", summary.skipped);
}

std::string positions(const std::vector<Elsewhere>& elsewhere) {
  std::vector<std::string> items;
  items.reserve(elsewhere.size());
  for (const Elsewhere& at : elsewhere) {
    items.push_back(fmt::format("partition {} of topic {} is at {}, not at {}", at.partition,
                                at.topic, at.found ? fmt::to_string(*at.found) : "no commit",
                                at.wanted));
  }
  return listed(items);
}

}  // namespace

std::string listed(const std::vector<std::string>& items) {
  constexpr std::size_t kNamed = 10;
  const auto named = std::min(items.size(), kNamed);
  const auto more = items.size() - named;
  return fmt::format(
      "{}{}", fmt::join(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(named), ", "),
      more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string planned_message(const Spec& spec, const Summary& summary) {
  return fmt::format("moving group {} on {} of topic {} to {}", spec.group,
                     counted(summary.moved, "partition"), spec.topic, describe(spec.to));
}

std::string reset_message(const Spec& spec, const Summary& summary) {
  return fmt::format(
      "group {} is at {} on topic {}: {} moved, {} unchanged{}; {} to be read again, {} skipped "
      "over",
      spec.group, describe(spec.to), spec.topic, counted(summary.moved, "partition"),
      summary.unchanged, skipped(summary), counted(summary.replay_records, "record"),
      summary.skip_records);
}

std::string nothing_message(const Spec& spec, const Summary& summary) {
  return fmt::format(
      "group {} is where {} leads on topic {} already: {} unchanged{}; nothing was "
      "committed",
      spec.group, describe(spec.to), spec.topic, counted(summary.unchanged, "partition"),
      skipped(summary));
}

std::string queued_message(const Spec& spec, const ObjectKey& ahead) {
  return fmt::format(
      "waits for {}, a reset of group {} too, which comes first; delete that one if "
      "it is not wanted any more",
      ahead.to_string(), spec.group);
}

std::string active_message(const Spec& spec, const GroupStatus& group, TimePoint deadline) {
  return fmt::format(
      "group {} {}. Stop its consumers: the reset follows when the group is empty, and gives "
      "up at {}. {}",
      spec.group, named_members(group), format_rfc3339_seconds(deadline), kSessionTimeoutHint);
}

std::string still_active_message(const Spec& spec, const GroupStatus& group) {
  const std::string waited = spec.when_active == WhenActive::Fail
                                 ? "whenActive is Fail"
                                 : fmt::format("after {} s of waiting", spec.wait.count());
  return fmt::format(
      "group {} still {} ({}): stop its consumers and apply a new reset, or raise "
      "waitSeconds. {}",
      spec.group, named_members(group), waited, kSessionTimeoutHint);
}

std::string half_applied_message(const Progress& progress) {
  return fmt::format(
      " {} of the {} OffsetCommit requests had been applied before: the partitions "
      "of these are at `after`.",
      progress.requests_done, progress.requests);
}

std::string too_many_message(const Spec& spec, std::size_t partitions, std::size_t fit) {
  return fmt::format(
      "topic {} has {} partitions, and the status of one reset holds about {}: "
      "nothing was committed; reset chosen partitions",
      spec.topic, partitions, fit);
}

std::string moved_message(const Spec& spec, const std::vector<Elsewhere>& moved) {
  return fmt::format(
      "consumers of group {} have committed since this reset was planned: {}. They "
      "were not moved again; apply a new reset if it is still wanted",
      spec.group, positions(moved));
}

std::string returned_message(const Spec& spec) {
  return fmt::format(
      "this reset was applied, and consumers of group {} have since read on to "
      "exactly where they were before. They were not moved again; apply a new reset "
      "if it is still wanted",
      spec.group);
}

std::string cannot_tell_message(const Spec& spec, const Error& why) {
  return fmt::format(
      "the operator was interrupted at the commit, and group {} is where it was "
      "before: it can't be told whether this reset was applied and consumers have "
      "come back ({}). Nothing more was committed; apply a new reset if it is still "
      "wanted",
      spec.group, why.message);
}

std::string not_applied_message(const Spec& spec, const std::vector<Elsewhere>& failed) {
  return fmt::format(
      "the commit for group {} was accepted, but when read back {}: something else "
      "commits for this group, perhaps a consumer that uses assign()",
      spec.group, positions(failed));
}

std::string plan_not_kept_message() {
  return "the API server did not keep the plan in status.partitions as it was written: the "
         "installed CRD is older than the operator; upgrade it and apply a new reset. Nothing was "
         "committed";
}

}  // namespace core
