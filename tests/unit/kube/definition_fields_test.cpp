#include "kube/definition_fields.h"

#include <doctest/doctest.h>

#include "definitions.h"

using nlohmann::json;

namespace {

kube::Definition ours(const std::string& kind = "OffsetReset") {
  for (const char* yaml : kube::kDefinitions) {
    auto definition = kube::definition_in(yaml);
    REQUIRE_MESSAGE(definition, definition.error().message);
    if (definition->kind == kind) return *definition;
  }
  FAIL("no definition of ", kind);
  return {};
}

json document(json schema, const std::string& kind = "OffsetReset") {
  schema["x-kubernetes-group-version-kind"] = {
      {{"group", "offsetreset.io"}, {"version", "v1alpha1"}, {"kind", kind}}};
  return {{"components", {{"schemas", {{"a", json::object()}, {"b", std::move(schema)}}}}}};
}

json& properties_of_status(json& schema) { return schema["properties"]["status"]["properties"]; }

}  // namespace

TEST_CASE("the definitions that the operator was built with lack nothing") {
  CHECK(ours().schema["properties"]["spec"]["properties"].contains("ttlSecondsAfterFinished"));
  for (const char* kind : {"OffsetReset", "KafkaConnection", "ClusterKafkaConnection"}) {
    CAPTURE(kind);
    CHECK(kube::missing_fields(ours(kind), document(ours(kind).schema, kind)).empty());
  }
}

TEST_CASE("what an older definition lacks is named by its kind and path") {
  json older = ours().schema;
  older["properties"]["spec"]["properties"].erase("suspend");
  properties_of_status(older).erase("group");
  properties_of_status(older)["summary"]["properties"].erase("moved");
  properties_of_status(older)["partitions"]["items"]["properties"].erase("note");
  CHECK(kube::missing_fields(ours(), document(older)) ==
        std::vector<std::string>{"OffsetReset spec.suspend", "OffsetReset status.group",
                                 "OffsetReset status.partitions[].note",
                                 "OffsetReset status.summary.moved"});
  json connection = ours("KafkaConnection").schema;
  connection["properties"]["spec"]["properties"].erase("tls");
  CHECK(kube::missing_fields(ours("KafkaConnection"), document(connection, "KafkaConnection")) ==
        std::vector<std::string>{"KafkaConnection spec.tls"});
}

TEST_CASE("a kind that is not installed is named") {
  CHECK(kube::missing_fields(ours("KafkaConnection"), document(ours().schema)) ==
        std::vector<std::string>{"KafkaConnection (not installed)"});
}

TEST_CASE("what a newer definition has beyond lacks nothing") {
  json newer = ours().schema;
  properties_of_status(newer)["another"] = {{"type", "string"}};
  CHECK(kube::missing_fields(ours(), document(newer)).empty());
}

TEST_CASE("a definition that keeps unknown fields lacks nothing") {
  json older = ours().schema;
  older["properties"]["status"] = {{"type", "object"},
                                   {"x-kubernetes-preserve-unknown-fields", true}};
  CHECK(kube::missing_fields(ours(), document(older)).empty());
}

TEST_CASE("the schema is found in an OpenAPI document by its kind") {
  const auto found = kube::schema_in_openapi(document(ours().schema), "OffsetReset");
  REQUIRE(found);
  CHECK((*found)["properties"] == ours().schema["properties"]);
  CHECK_FALSE(kube::schema_in_openapi(document(ours().schema), "KafkaConnection"));
}

TEST_CASE("a document of another shape has no schema, and one of a definition is an error") {
  for (const char* text : {"null", "[]", "{}", R"({"components": {"schemas": {"a": []}}})",
                           R"({"components": {"schemas": {"a": {
                               "x-kubernetes-group-version-kind": [1]}}}})"}) {
    CHECK_FALSE(kube::schema_in_openapi(json::parse(text), "OffsetReset"));
  }
  CHECK_FALSE(kube::definition_in("spec: {versions: []}"));
  CHECK_FALSE(kube::definition_in("{"));
}
