#include "support/kube/objects.h"

#include "core/names.h"

namespace tests {

using nlohmann::json;

json reset_object(const std::string& name, const std::string& namespace_name) {
  return {{"kind", "OffsetReset"},
          {"apiVersion", "offsetreset.io/v1alpha1"},
          {"metadata", {{"name", name}, {"namespace", namespace_name}}},
          {"spec",
           {{"bootstrapServers", "kafka:9092"},
            {"groupId", "orders-consumer"},
            {"topic", "orders"},
            {"to", {{"offset", 10}}}}}};
}

json connection_object(const core::ConnectionId& id) {
  json object{{"kind", core::name_of(id.kind)},
              {"apiVersion", "offsetreset.io/v1alpha1"},
              {"metadata", {{"name", id.key.name}}},
              {"spec", {{"bootstrapServers", {"kafka:9092"}}}}};
  if (!id.key.namespace_name.empty()) object["metadata"]["namespace"] = id.key.namespace_name;
  return object;
}

}  // namespace tests
