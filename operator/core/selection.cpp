#include "core/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/bootstrap_servers.h"
#include "core/conditions.h"
#include "core/csv.h"
#include "core/overloaded.h"

namespace core {
namespace {

// Of the destinations that don't name their own partitions.
Goal goal_of(const Destination& destination, const Inputs& inputs) {
  return std::visit(Overloaded{
                        [&](const ToAgo& to) {
                          return Goal(ToTimestamp{inputs.ago_from.value_or(TimePoint{}) - to.ago});
                        },
                        [](const ToUndo&) { return Goal(Restore{}); },
                        [](const ToCsv&) { return Goal(ToOffsets{}); },
                        [](const auto& to) { return Goal(to); },
                    },
                    destination);
}

std::vector<std::int32_t> partitions_of(const TopicScope& scope, const Destination& to) {
  const auto* map = std::get_if<ToOffsets>(&to);
  if (map == nullptr) return scope.partitions;
  std::vector<std::int32_t> partitions;
  partitions.reserve(map->offsets.size());
  for (const auto& [partition, offset] : map->offsets) partitions.push_back(partition);
  return partitions;
}

Target target(const Spec& spec, const TopicScope& scope, const Destination& to,
              const Inputs& inputs) {
  return {scope.topic, partitions_of(scope, to), goal_of(to, inputs), missing_commit_for(spec, to),
          describe(to)};
}

Selection select_topics(const Spec& spec, const Inputs& inputs) {
  Selection selection;
  for (const TopicScope& scope : spec.topics) {
    const auto& to = scope.to ? scope.to : spec.to;
    if (to) selection.targets.push_back(target(spec, scope, *to, inputs));
  }
  std::sort(selection.targets.begin(), selection.targets.end(),
            [](const Target& a, const Target& b) { return a.topic < b.topic; });
  return selection;
}

Result<Selection> select_csv(const Spec& spec, const ToCsv& to, const Inputs& inputs) {
  auto rows = parse_csv(inputs.csv_text.value_or(""), spec.group);
  if (!rows) {
    return fail(rows.error().reason, fmt::format("ConfigMap {}, key {}: {}", to.config_map, to.key,
                                                 rows.error().message));
  }
  std::map<std::string, ToOffsets> topics;
  for (CsvOffset& row : *rows) {
    topics[std::move(row.topic)].offsets.push_back({row.partition, row.offset});
  }
  Selection selection;
  for (auto& [topic, offsets] : topics) {
    selection.targets.push_back(target(spec, {topic, {}, {}}, std::move(offsets), inputs));
    selection.targets.back().destination = describe(to);
  }
  return selection;
}

// Of two resets of one namespace.
bool is_same_cluster(const Spec& a, const Spec& b) {
  if (a.connection_ref || b.connection_ref) return a.connection_ref == b.connection_ref;
  const auto first = parse_bootstrap_servers(a.bootstrap_servers);
  const auto second = parse_bootstrap_servers(b.bootstrap_servers);
  return first && second && *first == *second;
}

// Why it can't be undone; nothing if it can.
std::optional<std::string> undo_refusal(const Spec& spec, const OffsetReset& undone) {
  const auto reason = reason_of(undone.status);
  if (!undone.spec) return "its own spec is invalid";
  if (undone.spec->dry_run) return "it is a dry run, which moved nothing";
  if (!is_finished(undone.status)) {
    return fmt::format("it has not finished ({})", reason ? to_string(*reason) : "not begun");
  }
  if (undone.spec->group != spec.group) {
    return fmt::format("it reset group {}, not {}", undone.spec->group, spec.group);
  }
  if (!is_same_cluster(*undone.spec, spec)) {
    return fmt::format("it reached its cluster by {}: another cluster, or another way to it",
                       undone.spec->connection_ref
                           ? fmt::format("connectionRef {}", undone.spec->connection_ref->name)
                           : fmt::format("bootstrapServers {}", undone.spec->bootstrap_servers));
  }
  const bool may_have_moved = reason == Reason::NothingToReset ||
                              (!undone.status.rows.empty() && reason != Reason::GuardExceeded);
  if (!may_have_moved) {
    return fmt::format("it moved nothing ({})", reason ? to_string(*reason) : "no reason");
  }
  return std::nullopt;
}

Result<Selection> select_undo(const Spec& spec, const ToUndo& to, const Inputs& inputs) {
  const OffsetReset& undone = inputs.undone.value();
  if (const auto refusal = undo_refusal(spec, undone)) {
    return fail(Reason::InvalidSpec,
                fmt::format("OffsetReset {} can't be undone: {}", to.name, *refusal));
  }
  std::map<std::string, Restore> topics;
  for (const Row& row : undone.status.rows) {
    if (row.is_move()) topics[row.topic].points[row.partition] = {row.before, row.after};
  }
  Selection selection;
  for (auto& [topic, restore] : topics) {
    restore.even_if_moved = to.even_if_moved;
    Target target{topic, {}, {}, MissingCommit::Set, describe(to)};
    for (const auto& [partition, point] : restore.points) target.partitions.push_back(partition);
    target.goal = std::move(restore);
    selection.targets.push_back(std::move(target));
  }
  return selection;
}

PartitionRead also_read(const Goal& goal) {
  PartitionRead also;
  if (const auto* to = std::get_if<ToTimestamp>(&goal)) also.timestamp = to->timestamp;
  if (const auto* to = std::get_if<ToGroup>(&goal)) also.source_group = to->group;
  return also;
}

// Whether a partition may end without a commit that it has now.
bool may_delete(const Goal& goal) {
  if (const auto* to = std::get_if<ToPosition>(&goal)) return to->position == Position::None;
  const auto* restore = std::get_if<Restore>(&goal);
  return restore != nullptr && std::any_of(restore->points.begin(), restore->points.end(),
                                           [](const auto& point) { return !point.second.before; });
}

std::optional<TimePoint> instant_of(const Destination& to,
                                    const std::optional<TimePoint>& ago_from) {
  if (const auto* at = std::get_if<ToTimestamp>(&to)) return at->timestamp;
  const auto* ago = std::get_if<ToAgo>(&to);
  return ago != nullptr && ago_from ? std::optional(*ago_from - ago->ago) : std::nullopt;
}

bool is_ago(const std::optional<Destination>& to) {
  return to && std::holds_alternative<ToAgo>(*to);
}

}  // namespace

Result<Selection> select(const Spec& spec, const Inputs& inputs) {
  if (spec.to) {
    if (const auto* undo = std::get_if<ToUndo>(&*spec.to)) return select_undo(spec, *undo, inputs);
    if (const auto* csv = std::get_if<ToCsv>(&*spec.to)) return select_csv(spec, *csv, inputs);
    if (spec.all_topics) return Selection{{}, target(spec, {}, *spec.to, inputs)};
  }
  return select_topics(spec, inputs);
}

ReadRequest read_request(const Spec& spec, const Selection& selection) {
  ReadRequest request;
  request.group = spec.group;
  request.isolation = spec.isolation;
  request.even_if_active = spec.dry_run;
  if (const auto& all = selection.all_committed) {
    request.all_committed = also_read(all->goal);
    request.deletes = may_delete(all->goal);
  }
  for (const Target& target : selection.targets) {
    request.topics.push_back({target.topic, target.partitions, also_read(target.goal)});
    request.deletes = request.deletes || may_delete(target.goal);
  }
  return request;
}

std::optional<TimePoint> resolved_timestamp(const Spec& spec,
                                            const std::optional<TimePoint>& ago_from) {
  std::optional<TimePoint> only = spec.to ? instant_of(*spec.to, ago_from) : std::nullopt;
  for (const TopicScope& scope : spec.topics) {
    if (!scope.to) continue;
    const auto instant = instant_of(*scope.to, ago_from);
    if (spec.topics.size() > 1 && instant != only) return std::nullopt;
    only = instant;
  }
  return only;
}

bool uses_ago(const Spec& spec) {
  return is_ago(spec.to) || std::any_of(spec.topics.begin(), spec.topics.end(),
                                        [](const TopicScope& scope) { return is_ago(scope.to); });
}

}  // namespace core
