#include <nlohmann/json.hpp>

#include "core/connection_codec.h"
#include "core/credentials.h"
#include "fuzz/fuzz.h"

// A connection is decoded or refused; what was decoded survives being written and read again, and
// says what it needs.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = nlohmann::json::parse(data, data + size, nullptr, false);
  if (object.is_discarded()) return 0;
  for (const auto kind :
       {core::ConnectionKind::KafkaConnection, core::ConnectionKind::ClusterKafkaConnection}) {
    const auto connection = core::decode_connection(kind, object);
    if (!connection) continue;
    if (connection->spec) {
      const auto holders = core::holders_of(*connection->spec, "namespace");
      fuzz::hold(holders.empty() == core::connect(*connection, "namespace", {}).has_value());
    }
    auto written = object;
    written["status"] = core::encode_connection_status_update(*connection).at("status");
    const auto again = core::decode_connection(kind, written);
    fuzz::hold(again &&
               core::encode_connection_status_update(*again).at("status") == written["status"]);
  }
  return 0;
}
