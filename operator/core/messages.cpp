#include "core/messages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/rfc3339.h"
#include "core/text.h"

namespace core {
namespace {

// A stopped consumer that did not say good-bye stays a member for so long.
constexpr const char* kSessionTimeoutHint =
    "A stopped client still counts as a member until its session timeout is over: 10 s by default "
    "for clients of the cloud API, 45 s for Kafka's own defaults.";

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

// " of topic orders", " of topics a, b"; nothing where the destination names them.
std::string scope(const Spec& spec) {
  if (spec.all_topics) return " of every topic";
  if (spec.topics.empty()) return "";
  std::vector<std::string> names;
  names.reserve(spec.topics.size());
  for (const TopicScope& topic : spec.topics) names.push_back(topic.topic);
  return fmt::format(" of topic{} {}", names.size() == 1 ? "" : "s", listed(names));
}

std::string offset_or_none(const std::optional<std::int64_t>& offset) {
  return offset ? fmt::to_string(*offset) : "no commit";
}

std::string positions(const std::vector<Elsewhere>& elsewhere) {
  std::vector<std::string> items;
  items.reserve(elsewhere.size());
  for (const Elsewhere& at : elsewhere) {
    items.push_back(fmt::format("partition {} of topic {} is at {}, not at {}", at.partition,
                                at.topic, offset_or_none(at.found), offset_or_none(at.wanted)));
  }
  return listed(items);
}

// "3 partitions of topic orders moved, 0 unchanged; 20 records to be read again, 0 skipped over"
std::string effect(const Spec& spec, const Summary& summary) {
  return fmt::format("{}{} moved, {} unchanged{}; {} to be read again, {} skipped over",
                     counted(summary.moved, "partition"), scope(spec), summary.unchanged,
                     skipped(summary), counted(summary.replay_records, "record"),
                     summary.skip_records);
}

}  // namespace

std::string planned_message(const Spec& spec, const Summary& summary) {
  return fmt::format("moving group {} on {}{} to {}", spec.group,
                     counted(summary.moved, "partition"), scope(spec), describe_destination(spec));
}

std::string reset_message(const Spec& spec, const Summary& summary) {
  return fmt::format("group {} was reset to {}: {}", spec.group, describe_destination(spec),
                     effect(spec, summary));
}

std::string nothing_message(const Spec& spec, const Summary& summary) {
  return fmt::format("group {} is where {} leads already: {}{} unchanged{}; nothing was committed",
                     spec.group, describe_destination(spec),
                     counted(summary.unchanged, "partition"), scope(spec), skipped(summary));
}

std::string dry_run_message(const Spec& spec, const Summary& summary) {
  return fmt::format(
      "a reset of group {} to {} would have this effect: {}. Nothing was committed; set "
      "spec.dryRun to false to do it",
      spec.group, describe_destination(spec), effect(spec, summary));
}

std::string queued_message(const Spec& spec, const ObjectKey& ahead) {
  return fmt::format(
      "waits for {}, a reset of group {} too, which comes first; delete or suspend that one if it "
      "is not wanted now",
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

std::string settling_message(const Spec& spec) {
  return fmt::format(
      "group {} has no members; waiting until its commits have not moved for {} s "
      "(guards.settleSeconds), so that no consumer is left that uses assign()",
      spec.group, spec.guards.settle.count());
}

std::string never_settled_message(const Spec& spec) {
  return fmt::format(
      "group {} has no members, but its commits kept moving for {} s: something commits for it "
      "without being a member, perhaps a consumer that uses assign(). Stop it and apply a new "
      "reset",
      spec.group, spec.wait.count());
}

std::string not_yet_message(const Spec& spec) {
  return fmt::format("nothing is done before {} (notBefore)",
                     format_rfc3339_seconds(spec.not_before.value_or(TimePoint{})));
}

std::string suspended_message(const Spec& spec, bool has_plan) {
  return fmt::format("nothing is done for group {} until spec.suspend is false{}", spec.group,
                     has_plan ? "; the plan in status.partitions may be applied in part" : "");
}

std::string expired_message(const Spec& spec) {
  return fmt::format(
      "this reset of group {} had not begun by {} (notAfter), and never will: nothing was "
      "committed. Apply a new one if it is still wanted",
      spec.group, format_rfc3339_seconds(spec.not_after.value_or(TimePoint{})));
}

std::string half_applied_message(const Progress& progress) {
  return fmt::format(
      " {} of the {} requests had been applied before: the partitions of these are at `after`.",
      progress.requests_done, progress.requests);
}

std::string partly_applied_message(const Error& refusal, const Summary& summary) {
  return fmt::format(
      "{}. By then {} had been moved, and {} had not: status.partitions says where each was "
      "before",
      refusal.message, counted(summary.moved, "partition"), summary.failed);
}

std::string too_many_message(std::size_t partitions, std::size_t fit) {
  return fmt::format(
      "the plan has {} partitions, and the status of one reset holds about {}: nothing was "
      "committed; split it into several by topic or partition",
      partitions, fit);
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

std::string unread_message(const Spec& spec, const Error& why) {
  return fmt::format(
      "the commit for group {} was accepted, and could not be read back then: {}. "
      "status.partitions says where each partition was before",
      spec.group, why.message);
}

std::string unseen_message(const Spec& spec, const Error& why) {
  return fmt::format(
      "the operator was interrupted at the commit for group {}, and can't see now whether it was "
      "made: {}. Compare status.partitions with the group",
      spec.group, why.message);
}

std::string plan_lost_message(const Spec& spec) {
  return fmt::format(
      "this reset has moved group {} before, and somebody else has removed that from its status: "
      "it is not moved again; apply a new reset if it is still wanted",
      spec.group);
}

std::string not_applied_message(const Spec& spec, const std::vector<Elsewhere>& failed) {
  return fmt::format(
      "the commit for group {} was accepted, but when read back {}: something else "
      "commits for this group, perhaps a consumer that uses assign()",
      spec.group, positions(failed));
}

std::string applied_again_message(std::string_view gitops_tool) {
  return fmt::format(
      "ttlSecondsAfterFinished will delete this reset, and {0}, which manages it, will create it "
      "again: then it runs again, and rewinds the group a second time. Leave "
      "ttlSecondsAfterFinished out of what {0} applies, or write notAfter",
      gitops_tool);
}

std::string other_cluster_message(const Spec& spec, const std::string& planned,
                                  const std::string& answering) {
  return fmt::format(
      "the operator was interrupted at the commit for group {} on the Kafka cluster {}, and now {} "
      "answers, which is another one: nothing is committed there. Compare status.partitions with "
      "the group of the first; apply a new reset if it is still wanted",
      spec.group, planned, answering);
}

std::string other_cluster_undo_message(const OffsetReset& undone, const std::string& answering) {
  return fmt::format(
      "OffsetReset {} can't be undone: it reset a group of the Kafka cluster {}, and now {} "
      "answers",
      undone.key.name, undone.status.cluster_id, answering);
}

std::string inline_servers_message() {
  return "this operator takes no spec.bootstrapServers (--allow-inline-bootstrap-servers=false): "
         "write a KafkaConnection and apply a new reset that names it in spec.connectionRef";
}

std::string cluster_connections_message() {
  return "this operator uses no ClusterKafkaConnection (--cluster-connections=false): write a "
         "KafkaConnection in the reset's namespace, and apply a new reset that names it in "
         "spec.connectionRef";
}

std::string access_denied_message(const ConnectionId& id, const std::string& namespace_name,
                                  const std::string& part) {
  return fmt::format(
      "{} does not let namespace {} reset {}: no entry of its spec.access admits that. Ask whoever "
      "manages it for one, and apply a new reset",
      id.to_string(), namespace_name, part);
}

std::string unusable_message(const ConnectionId& id, const Error& why) {
  return fmt::format("{} can't be used: {}", id.to_string(), why.message);
}

std::string not_kept_message(std::string_view field) {
  return fmt::format(
      "the API server did not keep status.{} as it was written: the installed CRD is older than "
      "the operator; upgrade it and apply a new reset. Nothing was committed",
      field);
}

}  // namespace core
