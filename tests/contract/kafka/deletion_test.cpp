#include <doctest/doctest.h>

#include "kafka/commit_offsets.h"
#include "support/kafka/admin_fixture.h"
#include "support/reach.h"

namespace {

using core::Reason;
using tests::AdminFixture;
using tests::Committed;
using tests::GroupMember;
using tests::kafka_bootstrap;
using tests::Protocol;
using tests::unique;

TEST_CASE_FIXTURE(AdminFixture, "The commits that are named are deleted, and no others") {
  for (int partition = 0; partition < 3; ++partition) {
    real.commit(group, topic, partition, {1, "by hand"});
  }

  const auto done = admin.commit(deleting({{topic, 0}, {topic, 2}}));

  REQUIRE_MESSAGE(done, done.error().message);
  CHECK_FALSE(real.committed(group, topic, 0));
  CHECK(real.committed(group, topic, 1) == Committed{1, "by hand"});
  CHECK_FALSE(real.committed(group, topic, 2));
}

TEST_CASE_FIXTURE(AdminFixture, "Where there is nothing to delete, it is done") {
  real.commit(group, topic, 0, {1, ""});

  const auto without_commit = admin.commit(deleting({{topic, 1}}));
  const auto last = admin.commit(deleting({{topic, 0}}));
  const auto again = admin.commit(deleting({{topic, 0}, {topic, 1}}));
  group = unique("nobody");
  const auto without_group = admin.commit(deleting({{topic, 0}}));

  for (const auto* done : {&without_commit, &last, &again, &without_group}) {
    CHECK_MESSAGE(*done, done->error().message);
  }
}

// Admin looks at the group first; here a member has come since.
TEST_CASE_FIXTURE(AdminFixture, "The coordinator refuses to delete what a member subscribes to") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    real.commit(group, topic, 0, {1, ""});
    const GroupMember member(protocol, group, topic);
    kafka::RequestMetrics request_metrics(metrics);
    const auto client = kafka::Client::open(tests::reach(kafka_bootstrap())).value();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);

    const auto refused =
        kafka::ask({*client, request_metrics, deadline},
                   kafka::commit_request(deleting({{topic, 0}, {topic, 1}})), kafka::check_commit);

    REQUIRE_FALSE(refused);
    CHECK(refused.error() ==
          core::Error{Reason::GroupActive,
                      "delete committed offsets of group " + group + ": the group has members"});
    CHECK(client->can_delete_commits());
    CHECK(real.committed(group, topic, 0) == Committed{1, ""});
  }
}

TEST_CASE_FIXTURE(AdminFixture, "No commit of an active group is deleted until it has left") {
  const auto other = real.make_topic(1, "not-subscribed");
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    real.commit(group, topic, 0, {1, ""});
    {
      const GroupMember member(protocol, group, topic);

      const auto refused = admin.commit(deleting({{topic, 0}, {topic, 1}}));

      REQUIRE_FALSE(refused);
      CHECK(refused.error() ==
            core::Error{Reason::GroupActive,
                        "delete committed offsets of group " + group + ": the group has members"});
      CHECK(real.committed(group, topic, 0) == Committed{1, ""});
    }

    const auto done = admin.commit(deleting({{topic, 0}, {topic, 1}}));

    REQUIRE_MESSAGE(done, done.error().message);
    CHECK_FALSE(real.committed(group, topic, 0));
  }
}

TEST_CASE_FIXTURE(AdminFixture, "A deletion for a topic that is gone may be tried again") {
  real.commit(group, topic, 0, {1, ""});

  const auto done = admin.commit(deleting({{unique("gone"), 0}}));

  REQUIRE_FALSE(done);
  CHECK(done.error().reason == Reason::KafkaUnavailable);
}

}  // namespace
