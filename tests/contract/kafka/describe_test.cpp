#include <doctest/doctest.h>

#include "support/kafka/admin_fixture.h"
#include "support/reach.h"

namespace {

using core::Reason;
using tests::AdminFixture;
using tests::GroupMember;
using tests::kafka_bootstrap;
using tests::Protocol;
using tests::unique;

TEST_CASE_FIXTURE(AdminFixture, "Several groups are described at once, each as it is") {
  const auto classic = unique("classic");
  const auto consumer = unique("consumer");
  const auto empty = unique("empty");
  const auto unknown = unique("unknown");
  real.commit(empty, topic, 0, {1, ""});
  const GroupMember of_classic(Protocol::Classic, classic, topic);
  const GroupMember of_consumer(Protocol::Consumer, consumer, topic);

  const auto found =
      admin.describe(tests::reach(kafka_bootstrap()), {classic, consumer, empty, unknown});

  REQUIRE(found.size() == 4);
  for (const auto& [name, seen] : found) REQUIRE_MESSAGE(seen, seen.error().message);
  CHECK(found.at(classic)->members.size() == 1);
  CHECK(found.at(consumer)->members.size() == 1);
  CHECK(found.at(classic)->is_active());
  CHECK(found.at(consumer)->is_active());
  CHECK_FALSE(found.at(empty)->is_active());
  CHECK(found.at(empty)->state == core::GroupState::Empty);
  CHECK(found.at(unknown)->state == core::GroupState::Dead);
}

TEST_CASE_FIXTURE(AdminFixture, "Of a cluster that refuses, each group has the reason") {
  const auto found = admin.describe(tests::reach("127.0.0.1:1"), {"first", "second"});

  REQUIRE(found.size() == 2);
  for (const auto& [name, seen] : found) {
    REQUIRE_FALSE(seen);
    CHECK(seen.error().reason == Reason::KafkaUnavailable);
    CHECK(seen.error().message.find("refused") != std::string::npos);
  }
}

}  // namespace
