#include <doctest/doctest.h>

#include "core/connection_codec.h"
#include "core/resource_codec.h"
#include "kube/api.h"
#include "support/kube/server_under_test.h"

namespace tests {
namespace {

using nlohmann::json;

const json kWorking{{"observedGeneration", 1}, {"closed", false}, {"destination", "offset 10"}};

core::OffsetReset decoded(const json& object) {
  const auto resource = core::decode_offset_reset(object);
  REQUIRE_MESSAGE(resource, resource.error().message);
  return *resource;
}

TEST_CASE("a status is written without a spec, and the spec stays as it is") {
  ServerUnderTest server;
  const json created = server.create("a");
  json update = created;
  update.erase("spec");
  const json stored = server.put_status(update, kWorking);
  CHECK(stored.at("spec") == created.at("spec"));
  CHECK(stored.at("status") == kWorking);
}

TEST_CASE("a status write leaves spec, labels and generation, and moves the version") {
  ServerUnderTest server;
  const json created = server.create("a");
  json update = created;
  update["spec"]["groupId"] = "another";
  update["metadata"]["labels"] = {{"another", "label"}};
  const json stored = server.put_status(update, kWorking);
  CHECK(stored.at("spec") == created.at("spec"));
  CHECK_FALSE(stored.at("metadata").contains("labels"));
  CHECK(stored.at("metadata").at("generation") == created.at("metadata").at("generation"));
  CHECK(version_of(stored) != version_of(created));
}

TEST_CASE("a status write that changes nothing does not move the version") {
  ServerUnderTest server;
  const json once = server.put_status(server.create("a"), kWorking);
  const json twice = server.put_status(once, kWorking);
  CHECK(version_of(twice) == version_of(once));
}

TEST_CASE("a status write with a version that is not the last one is a conflict") {
  ServerUnderTest server;
  const json created = server.create("a");
  server.put_status(created, kWorking);
  const auto answer = server.try_put_status(created);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 409);
}

TEST_CASE("a status write without a version is refused") {
  ServerUnderTest server;
  json update = server.create("a");
  update["metadata"].erase("resourceVersion");
  const auto answer = server.try_put_status(update);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 422);
}

TEST_CASE("a status write for another uid is a conflict") {
  ServerUnderTest server;
  json update = server.create("a");
  update["metadata"]["uid"] = "11111111-2222-4333-8444-555555555555";
  const auto answer = server.try_put_status(update);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 409);
}

TEST_CASE("a status write to a resource that was deleted and created again is a conflict") {
  ServerUnderTest server;
  const json first = server.create("a");
  server.remove("a");
  const json second = server.create("a");
  CHECK(first.at("metadata").at("uid") != second.at("metadata").at("uid"));
  const auto answer = server.try_put_status(first);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 409);
}

TEST_CASE("a status write to a resource that is gone is 404") {
  ServerUnderTest server;
  const json object = server.create("a");
  server.remove("a");
  const auto answer = server.try_put_status(object);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 404);
}

TEST_CASE("the operator's status write returns what the server stored") {
  ServerUnderTest server;
  kube::Api& api = server.api();
  core::OffsetReset resource = decoded(server.create("a"));
  const core::Result<core::Spec> spec = resource.spec;
  resource.status.observed_generation = 1;
  resource.status.destination = "offset 10";
  resource.status.rows.resize(1);
  resource.status.rows[0].topic = "orders";
  resource.status.rows[0].after = 10;
  const auto stored = api.write_status(resource);
  REQUIRE_MESSAGE(stored, stored.error().message);
  CHECK(stored->status == resource.status);
  CHECK(stored->spec == spec);
  CHECK(stored->generation == resource.generation);
  CHECK(stored->resource_version != resource.resource_version);
  CHECK(api.write_status(*stored));
}

TEST_CASE("the operator's status write with an old version, or to what is gone, is Conflict") {
  ServerUnderTest server;
  kube::Api& api = server.api();
  core::OffsetReset resource = decoded(server.create("a"));
  resource.status.observed_generation = 1;
  CHECK(api.write_status(resource));
  resource.status.destination = "offset 11";
  const auto stale = api.write_status(resource);
  REQUIRE_FALSE(stale);
  CHECK(stale.error().reason == core::Reason::Conflict);
  server.remove("a");
  const auto gone = api.write_status(resource);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().reason == core::Reason::Conflict);
  CHECK(gone.error().message.find("is gone") != std::string::npos);
}

TEST_CASE("the status of a connection of either kind is written, once for each version") {
  for (const auto kind :
       {core::ConnectionKind::KafkaConnection, core::ConnectionKind::ClusterKafkaConnection}) {
    ServerUnderTest server;
    const auto id = server.connection_id(kind, "prod");
    auto connection = core::decode_connection(kind, server.create_connection(id));
    REQUIRE_MESSAGE(connection, connection.error().message);
    connection->status.observed_generation = 1;
    connection->status.cluster_id = "5L6g3nShT-eMCtK--X86sw";
    connection->status.brokers = 3;
    connection->status.auth = "SCRAM-SHA-512 over TLS";
    const auto stored = server.api().write_connection_status(*connection);
    REQUIRE_MESSAGE(stored, stored.error().message);
    CHECK(stored->status == connection->status);
    CHECK(stored->spec == connection->spec);
    CHECK(stored->generation == connection->generation);
    CHECK(stored->resource_version != connection->resource_version);
    connection->status.brokers = 4;
    const auto stale = server.api().write_connection_status(*connection);
    REQUIRE_FALSE(stale);
    CHECK(stale.error().reason == core::Reason::Conflict);
    server.remove(id);
    const auto gone = server.api().write_connection_status(*stored);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().reason == core::Reason::Conflict);
  }
}

TEST_CASE("the check at start-up finds the resource installed") {
  ServerUnderTest server;
  CHECK(kube::check_installed(server.http(), ""));
  CHECK(kube::check_installed(server.http(), server.namespace_name()));
}

}  // namespace
}  // namespace tests
