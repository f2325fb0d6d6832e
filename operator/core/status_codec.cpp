#include "core/status_codec.h"

#include <fmt/format.h>

#include "core/condition_codec.h"
#include "core/json_values.h"
#include "core/names.h"
#include "core/rfc3339.h"

// One function a type and direction. Decoding throws nlohmann's exceptions inside of this file, and
// turns them into a value at its edge.
namespace core {
namespace {

using nlohmann::json;

json encode(const Row& row) {
  json out{{"topic", row.topic},
           {"partition", row.partition},
           {"start", row.log_start},
           {"end", row.log_end}};
  if (row.before) out["before"] = *row.before;
  if (row.after) out["after"] = *row.after;
  if (row.note) out["note"] = name_of(*row.note);
  return out;
}

Row decode_row(const json& in) {
  Row row;
  in.at("topic").get_to(row.topic);
  row.partition = integer_of<std::int32_t>(in.at("partition"), "partition");
  row.before = optional_at<std::int64_t>(in, "before");
  row.after = optional_at<std::int64_t>(in, "after");
  row.log_start = value_at<std::int64_t>(in, "start");
  row.log_end = value_at<std::int64_t>(in, "end");
  if (const auto note = optional_at<std::string>(in, "note")) row.note = value_of<Note>(*note);
  return row;
}

json encode(const Summary& sum) {
  return {{"partitions", sum.partitions},
          {"moved", sum.moved},
          {"unchanged", sum.unchanged},
          {"clamped", sum.clamped},
          {"skipped", sum.skipped},
          {"failed", sum.failed},
          {"replayRecords", sum.replay_records},
          {"skipRecords", sum.skip_records},
          {"lagBefore", sum.lag_before},
          {"lagAfter", sum.lag_after},
          {"requests", sum.requests}};
}

Summary decode_summary(const json& in) {
  Summary sum;
  sum.partitions = value_at<std::int64_t>(in, "partitions");
  sum.moved = value_at<std::int64_t>(in, "moved");
  sum.unchanged = value_at<std::int64_t>(in, "unchanged");
  sum.clamped = value_at<std::int64_t>(in, "clamped");
  sum.skipped = value_at<std::int64_t>(in, "skipped");
  sum.failed = value_at<std::int64_t>(in, "failed");
  sum.replay_records = value_at<std::int64_t>(in, "replayRecords");
  sum.skip_records = value_at<std::int64_t>(in, "skipRecords");
  sum.lag_before = value_at<std::int64_t>(in, "lagBefore");
  sum.lag_after = value_at<std::int64_t>(in, "lagAfter");
  sum.requests = value_at<std::int64_t>(in, "requests");
  return sum;
}

json encode(const GroupStatus& group) {
  json members = json::array();
  for (const Member& member : group.members) {
    members.push_back(
        {{"clientId", member.client_id}, {"host", member.host}, {"partitions", member.partitions}});
  }
  return {{"state", group.state},
          {"type", group.type},
          {"memberCount", group.member_count},
          {"members", std::move(members)}};
}

GroupStatus decode_group(const json& in) {
  GroupStatus group{value_at<std::string>(in, "state"),
                    value_at<std::string>(in, "type"),
                    value_at<std::int64_t>(in, "memberCount"),
                    {}};
  for (const json& member : in.value("members", json::array())) {
    group.members.push_back({value_at<std::string>(member, "clientId"),
                             value_at<std::string>(member, "host"),
                             value_at<std::int32_t>(member, "partitions")});
  }
  return group;
}

Status decode(const json& in) {
  Status status;
  status.observed_generation = optional_at<std::int64_t>(in, "observedGeneration").value_or(-1);
  status.closed = value_at<bool>(in, "closed");
  status.start_time = time_at(in, "startTime");
  status.completion_time = time_at(in, "completionTime");
  status.waiting_since = time_at(in, "waitingSince");
  status.destination = value_at<std::string>(in, "destination");
  status.cluster_id = value_at<std::string>(in, "clusterId");
  status.ago_from = time_at(in, "agoFrom");
  status.resolved_timestamp = time_at(in, "resolvedTimestamp");
  if (in.contains("group")) status.group = decode_group(in.at("group"));
  if (in.contains("summary")) status.summary = decode_summary(in.at("summary"));
  for (const json& row : in.value("partitions", json::array())) {
    status.rows.push_back(decode_row(row));
  }
  status.conditions = decode_conditions(in);
  return status;
}

}  // namespace

json encode_status(const Status& status) {
  json out{{"observedGeneration", status.observed_generation}, {"closed", status.closed}};
  const auto set_time = [&out](const char* key, const std::optional<TimePoint>& time) {
    if (time) out[key] = format_rfc3339(*time);
  };
  set_time("startTime", status.start_time);
  set_time("completionTime", status.completion_time);
  set_time("waitingSince", status.waiting_since);
  set_time("agoFrom", status.ago_from);
  set_time("resolvedTimestamp", status.resolved_timestamp);
  if (!status.destination.empty()) out["destination"] = status.destination;
  if (!status.cluster_id.empty()) out["clusterId"] = status.cluster_id;
  if (status.group) out["group"] = encode(*status.group);
  if (status.summary) out["summary"] = encode(*status.summary);
  if (!status.rows.empty()) {
    json& rows = out["partitions"] = json::array();
    for (const Row& row : status.rows) rows.push_back(encode(row));
  }
  if (!status.conditions.empty()) out["conditions"] = encode_conditions(status.conditions);
  return out;
}

Result<Status> decode_status(const json& status) {
  if (status.is_null()) return Status{};
  try {
    return decode(status);
  } catch (const json::exception& error) {
    return fail(Reason::InternalError, fmt::format("decode status: {}", error.what()));
  }
}

}  // namespace core
