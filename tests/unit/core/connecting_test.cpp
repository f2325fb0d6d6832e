#include "core/connecting.h"

#include <doctest/doctest.h>

#include "core/conditions.h"
#include "support/kafka_connections.h"
#include "support/observing.h"

using core::ConnectionKind;
using core::Finish;
using core::Observed;
using core::Reason;
using tests::expect;
using tests::kafka_connection;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

core::Spec by(ConnectionKind kind, core::Spec spec = SpecBuilder()) {
  spec.bootstrap_servers.clear();
  spec.connection_ref = core::ConnectionRef{kind, "prod"};
  return spec;
}

Observed observed(core::Spec spec) {
  Observed seen = tests::fresh(std::move(spec));
  seen.policy.operator_namespace = "operators";
  return seen;
}

core::AccessRule rule(std::vector<std::string> groups, std::vector<std::string> topics) {
  return {{"payments"}, std::nullopt, std::move(groups), std::move(topics)};
}

core::Holder secret_in(const std::string& namespace_name) {
  return {core::Holder::Kind::Secret, {namespace_name, "alice"}};
}

// By a cluster connection with that access, everything read.
Observed admitted(core::Spec spec, std::vector<core::AccessRule> access) {
  Observed seen = observed(by(ConnectionKind::ClusterKafkaConnection, std::move(spec)));
  seen.connection = kafka_connection(ConnectionKind::ClusterKafkaConnection, std::move(access));
  seen.credentials = core::Credentials{{secret_in("operators"), {{"password", "secret"}}}};
  return seen;
}

core::Error denied(const Observed& seen) {
  const auto end = expect<Finish>(next(seen));
  CHECK(end.outcome.reason == Reason::AccessDenied);
  REQUIRE(end.write);
  CHECK(end.write->status.closed);
  return end.outcome;
}

}  // namespace

TEST_CASE("before Kafka the connection is read, and then its Secrets") {
  Observed seen = observed(by(ConnectionKind::KafkaConnection));
  const auto read = expect<core::ReadConnection>(next(seen));
  CHECK(read.id == kafka_connection(ConnectionKind::KafkaConnection).id);

  seen.connection = kafka_connection(ConnectionKind::KafkaConnection);
  CHECK(expect<core::ReadCredentials>(next(seen)).holders == std::vector{secret_in("payments")});
  CHECK_FALSE(core::reach_of(seen));

  seen.credentials = core::Credentials{{secret_in("payments"), {{"password", "secret"}}}};
  const auto request = expect<core::ReadKafka>(next(seen)).request;
  CHECK(request.connection.bootstrap_servers == "kafka:9093");
  CHECK(request.connection.sasl->password == "secret");
  CHECK(core::reach_of(seen) == request.connection);

  seen.snapshot = SnapshotBuilder().partition(0, 100, 90);
  seen.saved = expect<core::SavePlan>(next(seen)).resource;
  CHECK(expect<core::CommitPlan>(next(seen)).requests[0].connection == request.connection);
  seen.committed = core::Result<void>();
  CHECK(expect<core::Verify>(next(seen)).request.connection == request.connection);
}

TEST_CASE("what is not there yet is waited for, and told") {
  Observed seen = observed(by(ConnectionKind::KafkaConnection));
  seen.connection = core::fail(Reason::ConnectionNotFound, "there is no KafkaConnection prod");
  CHECK(expect<Finish>(next(seen)).outcome.reason == Reason::ConnectionNotFound);
  CHECK_FALSE(expect<Finish>(next(seen)).write->status.closed);

  seen.connection = kafka_connection(ConnectionKind::KafkaConnection);
  seen.credentials = core::fail(Reason::SecretNotFound, "there is no Secret alice");
  const auto end = expect<Finish>(next(seen));
  CHECK(end.outcome.reason == Reason::SecretNotFound);
  CHECK(end.outcome.message == "KafkaConnection payments/prod: there is no Secret alice");
}

TEST_CASE("a connection that breaks a rule is mended, and not the reset's end") {
  Observed seen = observed(by(ConnectionKind::KafkaConnection));
  seen.connection = kafka_connection(ConnectionKind::KafkaConnection);
  seen.connection->value().spec = core::fail(Reason::InvalidSpec, "spec.tls: write tls: {}");
  const auto end = expect<Finish>(next(seen));
  CHECK(end.outcome.reason == Reason::ConnectionNotFound);
  CHECK(end.outcome.message ==
        "KafkaConnection payments/prod can't be used: spec.tls: write tls: {}");
}

TEST_CASE("who is not admitted is told so before a Secret is read") {
  Observed seen = observed(by(ConnectionKind::ClusterKafkaConnection));
  seen.connection = kafka_connection(ConnectionKind::ClusterKafkaConnection);
  CHECK(denied(seen).message.find(
            "ClusterKafkaConnection prod does not let namespace payments reset group "
            "orders-consumer") != std::string::npos);

  seen.connection =
      kafka_connection(ConnectionKind::ClusterKafkaConnection, {rule({"orders-*"}, {"orders"})});
  CHECK(expect<core::ReadCredentials>(next(seen)).holders == std::vector{secret_in("operators")});
}

TEST_CASE("labels of the namespace are read only where they decide") {
  core::AccessRule selected = rule({"*"}, {"*"});
  selected.namespaces.clear();
  selected.namespace_selector = core::LabelSelector{{{"team", "a"}}, {}};
  Observed seen = admitted(SpecBuilder(), {selected});
  CHECK(expect<core::ReadNamespace>(next(seen)).name == "payments");
  seen.namespace_labels = core::Labels{{"team", "b"}};
  denied(seen);
  seen.namespace_labels = core::Labels{{"team", "a"}};
  expect<core::ReadKafka>(next(seen));
}

TEST_CASE("no destination reaches past the access list") {
  const std::vector<core::AccessRule> access{rule({"orders-*"}, {"orders"})};
  struct Case {
    const char* words;
    core::Spec spec;
    const char* refused;
  };
  const std::vector<Case> cases{
      {"a topic", SpecBuilder().topics({{"orders", {}, {}}, {"secrets", {}, {}}}),
       "group orders-consumer on topic secrets"},
      {"another group", SpecBuilder().group("billing"), "group billing"},
      {"the commits of another group", SpecBuilder().to(core::ToGroup{"billing"}), "group billing"},
      {"the same, of all topics", SpecBuilder().all_topics().to(core::ToGroup{"billing"}),
       "group billing"},
  };
  for (const Case& row : cases) {
    CAPTURE(row.words);
    CHECK(denied(admitted(row.spec, access)).message.find(row.refused) != std::string::npos);
  }
}

TEST_CASE("what all topics, a CSV and an undo resolve to is checked, too") {
  const std::vector<core::AccessRule> access{rule({"orders-*"}, {"orders"})};
  SUBCASE("all topics: nothing is saved") {
    Observed seen = admitted(SpecBuilder().all_topics(), access);
    seen.snapshot = SnapshotBuilder().partition(0, 100, 90).topic("secrets").partition(0, 9, 5);
    const auto error = denied(seen);
    CHECK(error.message.find("on topic secrets") != std::string::npos);
    CHECK(expect<Finish>(next(seen)).write->status.rows.empty());
  }
  SUBCASE("a dry run of all topics shows nothing") {
    Observed seen = admitted(SpecBuilder().all_topics().dry_run(), access);
    seen.snapshot = SnapshotBuilder().topic("secrets").partition(0, 9, 5);
    CHECK(expect<Finish>(next(seen)).write->status.rows.empty());
    denied(seen);
  }
  SUBCASE("a CSV") {
    Observed seen = admitted(SpecBuilder().to(core::ToCsv{"offsets", "csv"}), access);
    seen.csv = "secrets,0,5\n";
    denied(seen);
  }
  SUBCASE("an undo") {
    Observed seen = admitted(SpecBuilder().to(core::ToUndo{"replay"}), access);
    auto undone = tests::resource(by(ConnectionKind::ClusterKafkaConnection));
    set_outcome(undone.status, {Reason::OffsetsReset, ""}, 1, tests::at_second(1));
    undone.status.rows.push_back({"secrets", 0, 5, 1, 0, 9, {}});
    seen.undone = undone;
    denied(seen);
  }
}

TEST_CASE(
    "a saved plan that access does not cover any more is not committed, and stays to be seen") {
  Observed seen = admitted(SpecBuilder(), {rule({"*"}, {"*"})});
  seen.snapshot = SnapshotBuilder().partition(0, 100, 90);
  const auto planned = expect<core::SavePlan>(next(seen)).resource;
  Observed later = admitted(SpecBuilder(), {rule({"*"}, {"other"})});
  later.resource = planned;
  const auto error = denied(later);
  CHECK(error.message.find("can't see now whether it was made") != std::string::npos);
  CHECK(expect<Finish>(next(later)).write->status.rows == planned.status.rows);
}

TEST_CASE("a saved plan is kept while its connection can't be read") {
  Observed seen = observed(by(ConnectionKind::KafkaConnection));
  seen.connection = kafka_connection(ConnectionKind::KafkaConnection);
  seen.credentials = core::Credentials{{secret_in("payments"), {{"password", "secret"}}}};
  seen.snapshot = SnapshotBuilder().partition(0, 100, 90);
  const auto planned = expect<core::SavePlan>(next(seen)).resource;
  Observed later = observed(by(ConnectionKind::KafkaConnection));
  later.resource = planned;
  later.connection = core::fail(Reason::ConnectionNotFound, "gone");
  const auto end = expect<Finish>(next(later));
  CHECK(end.outcome.reason == Reason::ConnectionNotFound);
  CHECK(end.write->status.rows == planned.status.rows);
  CHECK(has_saved_plan(end.write->status));
}

TEST_CASE("what the operator's flags forbid is refused") {
  Observed seen = observed(SpecBuilder());
  seen.policy.allow_inline_bootstrap_servers = false;
  CHECK(denied(seen).message.find("--allow-inline-bootstrap-servers=false") != std::string::npos);

  seen = observed(by(ConnectionKind::ClusterKafkaConnection));
  seen.policy.allow_cluster_connections = false;
  CHECK(denied(seen).message.find("--cluster-connections=false") != std::string::npos);
}

TEST_CASE("a cluster has one name in every spelling, and one for each connection") {
  auto resource = tests::resource();
  resource.spec->bootstrap_servers = "b:1, a:1";
  CHECK(core::cluster_name(resource) == "a:1,b:1");
  resource.spec = by(ConnectionKind::KafkaConnection);
  CHECK(core::cluster_name(resource) == "KafkaConnection payments/prod");
  resource.spec = by(ConnectionKind::ClusterKafkaConnection);
  CHECK(core::cluster_name(resource) == "ClusterKafkaConnection prod");
}

TEST_CASE("a plan for one cluster is not committed to another to which the connection leads now") {
  Observed seen = observed(SpecBuilder());
  core::Snapshot before = SnapshotBuilder().partition(0, 100, 90);
  before.cluster_id = "first";
  seen.snapshot = before;
  const auto planned = expect<core::SavePlan>(next(seen)).resource;
  CHECK(planned.status.cluster_id == "first");

  Observed later = observed(SpecBuilder());
  later.resource = planned;
  core::Snapshot now = before;
  now.cluster_id = "second";
  later.snapshot = now;
  const auto end = expect<Finish>(next(later));
  CHECK(end.outcome.reason == Reason::OffsetsMoved);
  CHECK(end.outcome.message.find("cluster first, and now second answers") != std::string::npos);
  CHECK(end.write->status.rows == planned.status.rows);

  now.cluster_id.clear();  // it does not tell: then the offsets alone decide
  later.snapshot = now;
  expect<core::FindCommit>(next(later));
}

TEST_CASE("what was found on one cluster is not restored on another") {
  auto undone = tests::resource();
  set_outcome(undone.status, {Reason::OffsetsReset, ""}, 1, tests::at_second(1));
  undone.status.rows.push_back({"orders", 0, 90, 10, 0, 100, {}});
  undone.status.cluster_id = "first";
  Observed seen = observed(SpecBuilder().to(core::ToUndo{"replay"}));
  seen.undone = undone;
  core::Snapshot now = SnapshotBuilder().partition(0, 100, 10);
  now.cluster_id = "second";
  seen.snapshot = now;
  const auto end = expect<Finish>(next(seen));
  CHECK(end.outcome.reason == Reason::InvalidSpec);
  CHECK(end.outcome.message.find("a group of the Kafka cluster first, and now second answers") !=
        std::string::npos);
  now.cluster_id = "first";
  seen.snapshot = now;
  expect<core::SavePlan>(next(seen));
}
