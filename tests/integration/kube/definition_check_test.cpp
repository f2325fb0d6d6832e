#include "kube/definition_check.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "definitions.h"
#include "kube/definition_fields.h"
#include "support/eventually.h"
#include "support/fake_api_server.h"
#include "support/log_capture.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kMissing =
    "the installed resource definitions are older than the operator: the API server drops fields "
    "that it does not know; apply the files in crds/";

// The document of a server that has the operator's own definitions.
json own_document() {
  json schemas = json::object();
  for (const char* yaml : kube::kDefinitions) {
    const auto definition = kube::definition_in(yaml);
    REQUIRE_MESSAGE(definition, definition.error().message);
    json schema = definition->schema;
    schema["x-kubernetes-group-version-kind"] = {
        {{"group", "offsetreset.io"}, {"version", "v1alpha1"}, {"kind", definition->kind}}};
    schemas["io.offsetreset.v1alpha1." + definition->kind] = std::move(schema);
  }
  return {{"components", {{"schemas", std::move(schemas)}}}};
}

json& schema_of(json& document, const std::string& kind) {
  return document["components"]["schemas"]["io.offsetreset.v1alpha1." + kind];
}

struct World {
  FakeApiServer server;
  base::Metrics metrics;
  kube::Http http{*kube::config_without_credentials(server.url()), metrics};

  bool has_counted(int fields) const {
    const std::string line =
        "offset_reset_definition_missing_fields " + std::to_string(fields) + "\n";
    return metrics.text().find(line) != std::string::npos;
  }
};

TEST_CASE("what the installed definitions lack is told by kind and path, and counted") {
  World world;
  json document = own_document();
  for (const char* kind : {"KafkaConnection", "OffsetReset"}) {
    REQUIRE(schema_of(document, kind)["properties"]["spec"]["properties"].is_object());
  }
  schema_of(document, "KafkaConnection")["properties"]["spec"]["properties"].erase("tls");
  schema_of(document, "OffsetReset")["properties"]["spec"]["properties"].erase("connectionRef");
  document["components"]["schemas"].erase("io.offsetreset.v1alpha1.ClusterKafkaConnection");
  world.server.tell_schemas(document);
  const LogCapture log;
  const kube::DefinitionCheck check(world.http, world.metrics, 10ms);
  eventually([&] { return !log.lines(kMissing).empty(); });
  CHECK(log.lines(kMissing)[0].at("fields") ==
        "ClusterKafkaConnection (not installed), KafkaConnection spec.tls, "
        "OffsetReset spec.connectionRef");
  CHECK(world.has_counted(3));
}

TEST_CASE("what is installed a moment after the start is not told of") {
  World world;
  world.server.tell_schemas(json::object());
  const LogCapture log;
  const kube::DefinitionCheck check(world.http, world.metrics, 500ms);
  eventually([&] { return world.server.count_requests("GET", "/openapi/") == 1; });
  json document = own_document();
  schema_of(document, "KafkaConnection")["properties"]["status"]["properties"].erase("brokers");
  world.server.tell_schemas(document);
  eventually([&] { return !log.lines(kMissing).empty(); });
  CHECK(log.lines(kMissing)[0].at("fields") == "KafkaConnection status.brokers");
  CHECK(world.has_counted(1));
}

}  // namespace
}  // namespace tests
