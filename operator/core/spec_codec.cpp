#include "core/spec_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/bootstrap_servers.h"
#include "core/destination_codec.h"
#include "core/fields.h"
#include "core/limits.h"
#include "core/names.h"
#include "core/rfc3339.h"

namespace core {
namespace {

using nlohmann::json;

constexpr std::int64_t kAllPartitions = -1;

std::string decode_bootstrap_servers(const Fields& spec) {
  if (!spec.has("bootstrapServers")) return {};
  auto text = spec.text("bootstrapServers", std::numeric_limits<std::size_t>::max());
  if (const auto servers = parse_bootstrap_servers(text); !servers) {
    spec.refuse(servers.error().message);
  }
  return text;
}

std::optional<ConnectionRef> decode_connection_ref(const Fields& spec) {
  if (spec.has("bootstrapServers") == spec.has("connectionRef")) {
    spec.refuse_this("write exactly one of connectionRef and bootstrapServers");
  }
  if (!spec.has("connectionRef")) return std::nullopt;
  Fields fields = spec.object("connectionRef");
  fields.refuse_others_than({"kind", "name"});
  ConnectionRef ref;
  ref.kind = fields.choice<ConnectionKind>("kind").value_or(ref.kind);
  ref.name = fields.object_name("name");
  return ref;
}

// topic and partition: the short form.
TopicScope decode_topic(const Fields& spec) {
  TopicScope scope;
  scope.topic = spec.topic("topic");
  const auto partition =
      spec.integer("partition", kAllPartitions, kMaxPartitionNumber, kAllPartitions);
  if (partition != kAllPartitions) scope.partitions = {static_cast<std::int32_t>(partition)};
  return scope;
}

std::vector<std::int32_t> decode_partitions(const Fields& topic) {
  constexpr const char* kKey = "partitions";
  std::vector<std::int32_t> partitions;
  for (const std::int64_t partition :
       topic.integers(kKey, 0, kMaxPartitionNumber, kMaxPartitions)) {
    partitions.push_back(static_cast<std::int32_t>(partition));
  }
  std::ranges::sort(partitions);
  const auto twice = std::ranges::adjacent_find(partitions);
  if (twice != partitions.end()) {
    topic.refuse(fmt::format("{} names partition {} twice", topic.path_of(kKey), *twice));
  }
  return partitions;
}

TopicScope decode_topic_entry(Fields& entry) {
  entry.refuse_others_than({"name", "partitions", "to"});
  TopicScope scope;
  scope.topic = entry.topic("name");
  if (entry.has("partitions")) scope.partitions = decode_partitions(entry);
  if (!entry.has("to")) return scope;
  scope.to = decode_destination(entry, "to");
  if (names_its_partitions(*scope.to)) {
    entry.refuse(entry.path_of("to") + ": undo and csvFrom name their own topics; write spec.to");
  }
  if (std::holds_alternative<ToOffsets>(*scope.to) && entry.has("partitions")) {
    entry.refuse(entry.path_of("partitions") + ": to.offsets names the partitions; leave it out");
  }
  return scope;
}

std::vector<TopicScope> decode_topics(const Fields& spec) {
  std::vector<TopicScope> scopes;
  for (Fields& entry : spec.objects("topics", kMaxTopics)) {
    scopes.push_back(decode_topic_entry(entry));
  }
  auto sorted = scopes;
  std::ranges::sort(sorted, {}, &TopicScope::topic);
  const auto twice = std::ranges::adjacent_find(sorted, {}, &TopicScope::topic);
  if (twice != sorted.end()) {
    spec.refuse(fmt::format("{} names topic {} twice", spec.path_of("topics"), twice->topic));
  }
  return scopes;
}

void decode_scope(const Fields& spec, Spec& decoded) {
  const bool names_its_own = decoded.to && names_its_partitions(*decoded.to);
  const bool has_topic = spec.has("topic");
  const bool has_topics = spec.has("topics");
  decoded.all_topics = spec.flag("allTopics");
  const auto scopes = static_cast<int>(has_topic) + static_cast<int>(has_topics) +
                      static_cast<int>(decoded.all_topics);
  if (names_its_own && scopes != 0) {
    spec.refuse_this(
        "to.undo and to.csvFrom name their topics; leave out topic, topics, allTopics");
  }
  if (!names_its_own && scopes != 1) {
    spec.refuse_this("write exactly one of topic, topics and allTopics: true");
  }
  if (has_topic) decoded.topics = {decode_topic(spec)};
  if (has_topics) decoded.topics = decode_topics(spec);
  if (!has_topic && spec.integer("partition", kAllPartitions, kMaxPartitionNumber,
                                 kAllPartitions) != kAllPartitions) {
    spec.refuse("spec.partition belongs to spec.topic; write topics[].partitions");
  }
}

// What a destination asks of the scope beside it.
void check_destination(const Fields& spec, const Spec& decoded) {
  const auto has_own = [](const TopicScope& scope) { return scope.to.has_value(); };
  if (!decoded.to) {
    const bool is_complete =
        !decoded.topics.empty() && std::ranges::all_of(decoded.topics, has_own);
    if (!is_complete) spec.refuse_this("write to, or a destination for each of topics");
    return;
  }
  if (std::holds_alternative<ToOffsets>(*decoded.to)) {
    const bool is_one_whole_topic = spec.has("topic") && decoded.topics.front().partitions.empty();
    if (!is_one_whole_topic) {
      spec.refuse(
          "spec.to.offsets is for one topic and names its partitions; write topic without "
          "partition, or topics[].to.offsets");
    }
  }
}

// A plan's rows are bounded by bytes; this bounds what a manifest can name.
void check_named_partitions(const Fields& spec, const std::vector<TopicScope>& topics) {
  std::size_t named = 0;
  for (const TopicScope& scope : topics) {
    const auto* map = scope.to ? std::get_if<ToOffsets>(&*scope.to) : nullptr;
    named += scope.partitions.size() + (map != nullptr ? map->offsets.size() : 0);
  }
  if (named <= kMaxNamedPartitions) return;
  spec.refuse(fmt::format("spec.topics names {} partitions; write at most {}, or several resets",
                          named, kMaxNamedPartitions));
}

// A copy of a group's own commits moves nothing.
void check_source(const Fields& spec, const std::string& group,
                  const std::optional<Destination>& to) {
  const auto* source = to ? std::get_if<ToGroup>(&*to) : nullptr;
  if (source != nullptr && source->group == group) {
    spec.refuse(fmt::format("to.group is {}, the group that is reset; write another one", group));
  }
}

Guards decode_guards(const Fields& spec) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  Fields guards = spec.object("guards");
  guards.refuse_others_than({"maxReplayRecords", "maxSkipRecords", "settleSeconds"});
  return {guards.optional_integer("maxReplayRecords", 0, kMost),
          guards.optional_integer("maxSkipRecords", 0, kMost),
          std::chrono::seconds(guards.integer("settleSeconds", 0, kMaxSettleSeconds, 0))};
}

void decode_policies(const Fields& spec, Spec& decoded) {
  decoded.out_of_range = spec.choice<OutOfRange>("outOfRange").value_or(decoded.out_of_range);
  decoded.timestamp_not_found =
      spec.choice<TimestampNotFound>("timestampNotFound").value_or(decoded.timestamp_not_found);
  decoded.missing_commit = spec.choice<MissingCommit>("missingCommit");
  decoded.isolation = spec.choice<Isolation>("isolation").value_or(decoded.isolation);
  decoded.when_active = spec.choice<WhenActive>("whenActive").value_or(decoded.when_active);
}

void decode_times(const Fields& spec, Spec& decoded) {
  decoded.wait =
      std::chrono::seconds(spec.integer("waitSeconds", 0, kMaxWaitSeconds, decoded.wait.count()));
  if (const auto ttl = spec.optional_integer("ttlSecondsAfterFinished", 0, kMaxTtlSeconds)) {
    decoded.ttl = std::chrono::seconds(*ttl);
  }
  decoded.not_before = spec.date_time("notBefore");
  decoded.not_after = spec.date_time("notAfter");
  if (decoded.not_before && decoded.not_after && *decoded.not_after <= *decoded.not_before) {
    spec.refuse("spec.notAfter must be after spec.notBefore");
  }
}

json encode_topics(const std::vector<TopicScope>& scopes) {
  json topics = json::array();
  for (const TopicScope& scope : scopes) {
    json topic{{"name", scope.topic}};
    if (!scope.partitions.empty()) topic["partitions"] = scope.partitions;
    if (scope.to) topic["to"] = encode_destination(*scope.to);
    topics.push_back(std::move(topic));
  }
  return topics;
}

// The short form where it can say it.
void encode_scope(const Spec& spec, json& out) {
  const bool is_short =
      spec.topics.size() == 1 && !spec.topics[0].to && spec.topics[0].partitions.size() <= 1;
  if (is_short) {
    out["topic"] = spec.topics[0].topic;
    if (!spec.topics[0].partitions.empty()) out["partition"] = spec.topics[0].partitions[0];
  } else if (!spec.topics.empty()) {
    out["topics"] = encode_topics(spec.topics);
  }
  if (spec.all_topics) out["allTopics"] = true;
}

json encode_guards(const Guards& guards) {
  json out{{"settleSeconds", guards.settle.count()}};
  if (guards.max_replay_records) out["maxReplayRecords"] = *guards.max_replay_records;
  if (guards.max_skip_records) out["maxSkipRecords"] = *guards.max_skip_records;
  return out;
}

}  // namespace

Result<Spec> decode_spec(const json& manifest) {
  std::optional<Error> error;
  Fields spec(manifest, "spec", error);
  spec.refuse_others_than({"bootstrapServers", "connectionRef",
                           "groupId",          "topic",
                           "partition",        "topics",
                           "allTopics",        "to",
                           "outOfRange",       "timestampNotFound",
                           "missingCommit",    "isolation",
                           "whenActive",       "waitSeconds",
                           "notBefore",        "notAfter",
                           "dryRun",           "suspend",
                           "guards",           "ttlSecondsAfterFinished"});
  Spec decoded;
  decoded.connection_ref = decode_connection_ref(spec);
  decoded.bootstrap_servers = decode_bootstrap_servers(spec);
  decoded.group = spec.text("groupId", kMaxGroupLength);
  if (spec.has("to")) decoded.to = decode_destination(spec, "to");
  decode_scope(spec, decoded);
  check_destination(spec, decoded);
  check_named_partitions(spec, decoded.topics);
  check_source(spec, decoded.group, decoded.to);
  for (const TopicScope& scope : decoded.topics) check_source(spec, decoded.group, scope.to);
  decode_policies(spec, decoded);
  decode_times(spec, decoded);
  if (spec.has("guards")) decoded.guards = decode_guards(spec);
  decoded.dry_run = spec.flag("dryRun");
  decoded.suspend = spec.flag("suspend");
  if (error) return tl::unexpected<Error>(std::move(*error));
  return decoded;
}

json encode_spec(const Spec& spec) {
  json out{{"groupId", spec.group},
           {"outOfRange", name_of(spec.out_of_range)},
           {"timestampNotFound", name_of(spec.timestamp_not_found)},
           {"isolation", name_of(spec.isolation)},
           {"whenActive", name_of(spec.when_active)},
           {"waitSeconds", spec.wait.count()},
           {"guards", encode_guards(spec.guards)},
           {"dryRun", spec.dry_run},
           {"suspend", spec.suspend}};
  if (!spec.bootstrap_servers.empty()) out["bootstrapServers"] = spec.bootstrap_servers;
  if (const auto& ref = spec.connection_ref) {
    out["connectionRef"] = {{"kind", name_of(ref->kind)}, {"name", ref->name}};
  }
  encode_scope(spec, out);
  if (spec.to) out["to"] = encode_destination(*spec.to);
  if (spec.missing_commit) out["missingCommit"] = name_of(*spec.missing_commit);
  if (spec.ttl) out["ttlSecondsAfterFinished"] = spec.ttl->count();
  if (spec.not_before) out["notBefore"] = format_rfc3339(*spec.not_before);
  if (spec.not_after) out["notAfter"] = format_rfc3339(*spec.not_after);
  return out;
}

}  // namespace core
