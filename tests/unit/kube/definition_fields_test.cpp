#include "kube/definition_fields.h"

#include <doctest/doctest.h>

#include "definition.h"

using nlohmann::json;

namespace {

json ours() {
  auto schema = kube::schema_in_definition(kube::kDefinition);
  REQUIRE_MESSAGE(schema, schema.error().message);
  return *schema;
}

json& properties_of_status(json& schema) { return schema["properties"]["status"]["properties"]; }

}  // namespace

TEST_CASE("the definition that the operator was built with lacks nothing") {
  CHECK(ours()["properties"]["spec"]["properties"].contains("ttlSecondsAfterFinished"));
  CHECK(kube::missing_fields(ours(), ours()).empty());
}

TEST_CASE("what an older definition lacks is named by its path") {
  json older = ours();
  older["properties"]["spec"]["properties"].erase("suspend");
  properties_of_status(older).erase("group");
  properties_of_status(older)["summary"]["properties"].erase("moved");
  properties_of_status(older)["partitions"]["items"]["properties"].erase("note");
  CHECK(kube::missing_fields(ours(), older) ==
        std::vector<std::string>{"spec.suspend", "status.group", "status.partitions[].note",
                                 "status.summary.moved"});
}

TEST_CASE("what a newer definition has beyond lacks nothing") {
  json newer = ours();
  properties_of_status(newer)["another"] = {{"type", "string"}};
  CHECK(kube::missing_fields(ours(), newer).empty());
}

TEST_CASE("a definition that keeps unknown fields lacks nothing") {
  json older = ours();
  older["properties"]["status"] = {{"type", "object"},
                                   {"x-kubernetes-preserve-unknown-fields", true}};
  CHECK(kube::missing_fields(ours(), older).empty());
}

TEST_CASE("the schema is found in an OpenAPI document by its kind") {
  const json kind{{{"group", "offsetreset.io"}, {"version", "v1alpha1"}, {"kind", "OffsetReset"}}};
  json schema = ours();
  schema["x-kubernetes-group-version-kind"] = kind;
  const json document{{"components", {{"schemas", {{"a", json::object()}, {"b", schema}}}}}};
  CHECK(kube::schema_in_openapi(document) == schema);
}

TEST_CASE("a document of another shape is an error") {
  for (const char* text : {"null", "[]", "{}", R"({"components": {"schemas": {"a": []}}})",
                           R"({"components": {"schemas": {"a": {
                               "x-kubernetes-group-version-kind": [1]}}}})"}) {
    CHECK_FALSE(kube::schema_in_openapi(json::parse(text)));
  }
  CHECK_FALSE(kube::schema_in_definition("spec: {versions: []}"));
  CHECK_FALSE(kube::schema_in_definition("{"));
}
