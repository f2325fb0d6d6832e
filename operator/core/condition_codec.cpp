#include "core/condition_codec.h"

#include "core/json_values.h"
#include "core/rfc3339.h"

namespace core {
namespace {

using nlohmann::json;

json encode(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", format_rfc3339_seconds(condition.last_transition_time)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

Condition decode_condition(const json& in) {
  return {value_at<std::string>(in, "type"),
          value_at<std::string>(in, "status"),
          value_at<std::int64_t>(in, "observedGeneration"),
          time_at(in, "lastTransitionTime").value_or(TimePoint{}),
          value_at<std::string>(in, "reason"),
          value_at<std::string>(in, "message")};
}

}  // namespace

json encode_conditions(const std::vector<Condition>& conditions) {
  json out = json::array();
  for (const Condition& condition : conditions) out.push_back(encode(condition));
  return out;
}

std::vector<Condition> decode_conditions(const json& status) {
  std::vector<Condition> conditions;
  for (const json& condition : status.value("conditions", json::array())) {
    conditions.push_back(decode_condition(condition));
  }
  return conditions;
}

}  // namespace core
