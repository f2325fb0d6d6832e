#include "core/connection_codec.h"

#include <fmt/format.h>

#include "core/condition_codec.h"
#include "core/connection_spec_codec.h"
#include "core/json_values.h"
#include "core/names.h"
#include "core/object_metadata.h"
#include "core/resource_codec.h"

namespace core {
namespace {

using nlohmann::json;

ConnectionStatus decode(const json& in) {
  ConnectionStatus status;
  status.observed_generation = optional_at<std::int64_t>(in, "observedGeneration").value_or(-1);
  status.cluster_id = value_at<std::string>(in, "clusterId");
  status.brokers = optional_at<std::int64_t>(in, "brokers");
  status.auth = value_at<std::string>(in, "auth");
  status.conditions = decode_conditions(in);
  return status;
}

json encode(const ConnectionStatus& status) {
  json out{{"observedGeneration", status.observed_generation}};
  if (!status.cluster_id.empty()) out["clusterId"] = status.cluster_id;
  if (status.brokers) out["brokers"] = *status.brokers;
  if (!status.auth.empty()) out["auth"] = status.auth;
  if (!status.conditions.empty()) out["conditions"] = encode_conditions(status.conditions);
  return out;
}

Result<ConnectionStatus> decode_connection_status(const json& status) {
  if (status.is_null()) return ConnectionStatus{};
  try {
    return decode(status);
  } catch (const json::exception& error) {
    return fail(Reason::InternalError, fmt::format("decode status: {}", error.what()));
  }
}

}  // namespace

std::string_view plural_of(ConnectionKind kind) {
  return kind == ConnectionKind::KafkaConnection ? "kafkaconnections" : "clusterkafkaconnections";
}

Result<KafkaConnection> decode_connection(ConnectionKind kind, const json& object) {
  auto metadata = metadata_of(object);
  KafkaConnection connection;
  connection.id = {kind, std::move(metadata.key)};
  connection.uid = std::move(metadata.uid);
  connection.resource_version = std::move(metadata.resource_version);
  connection.generation = metadata.generation;
  if (connection.id.key.name.empty() || connection.uid.empty() ||
      connection.resource_version.empty()) {
    return fail(Reason::InternalError,
                fmt::format("decode {}: metadata lacks name, uid or resourceVersion",
                            connection.id.to_string()));
  }
  connection.spec = decode_connection_spec(kind, at(object, "spec"));
  auto status = decode_connection_status(at(object, "status"));
  if (!status) return tl::unexpected<Error>(std::move(status.error()));
  connection.status = *std::move(status);
  return connection;
}

json encode_connection_status_update(const KafkaConnection& connection) {
  return {{"apiVersion", kApiVersion},
          {"kind", name_of(connection.id.kind)},
          {"metadata", encode_metadata({connection.id.key, connection.uid,
                                        connection.resource_version, connection.generation})},
          {"status", encode(connection.status)}};
}

}  // namespace core
