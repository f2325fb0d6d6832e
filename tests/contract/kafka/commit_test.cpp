#include <doctest/doctest.h>

#include <atomic>
#include <thread>

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

TEST_CASE_FIXTURE(AdminFixture,
                  "A commit is stored with its metadata, and read with what others stored") {
  real.commit(group, topic, 1, {1, "by hand"});

  const auto done = admin.commit(committing({{topic, 0, 2}}));
  const auto snapshot = admin.read(reading());

  REQUIRE_MESSAGE(done, done.error().message);
  CHECK(real.committed(group, topic, 0) == Committed{2, "stamp"});
  CHECK(real.committed(group, topic, 1) == Committed{1, "by hand"});
  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->group.state == core::GroupState::Empty);
  CHECK(snapshot->partitions[0].committed == core::Commit{2, -1, "stamp"});
  CHECK(snapshot->partitions[1].committed == core::Commit{1, -1, "by hand"});
  CHECK_FALSE(snapshot->partitions[2].committed);
}

TEST_CASE_FIXTURE(AdminFixture, "Several topics are committed for at once") {
  const auto other = real.make_topic(2, "other");

  const auto done = admin.commit(committing({{other, 1, 8}, {topic, 0, 2}, {topic, 2, 9}}));

  REQUIRE_MESSAGE(done, done.error().message);
  CHECK(real.committed(group, other, 1) == Committed{8, "stamp"});
  CHECK(real.committed(group, topic, 0) == Committed{2, "stamp"});
  CHECK(real.committed(group, topic, 2) == Committed{9, "stamp"});
}

// Kafka itself would refuse the one and commit the other.
TEST_CASE_FIXTURE(AdminFixture, "If one of several topics is not there, nothing is committed") {
  const auto gone = unique("gone");

  const auto done = admin.commit(committing({{gone, 0, 1}, {topic, 0, 2}}));

  REQUIRE_FALSE(done);
  CHECK(done.error().reason == Reason::TopicNotFound);
  CHECK_FALSE(real.committed(group, topic, 0));
}

TEST_CASE_FIXTURE(AdminFixture, "An active group can't be committed for") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    const GroupMember member(protocol, group, topic);

    const auto done = admin.commit(committing({{topic, 0, 1}}));

    REQUIRE_FALSE(done);
    CHECK(done.error().reason == Reason::GroupActive);
    CHECK(done.error().message == "commit offsets of group " + group + ": the group has members");
    CHECK_FALSE(real.committed(group, topic, 0));
  }
}

TEST_CASE_FIXTURE(AdminFixture, "A group whose members have left can be committed for") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    { const GroupMember member(protocol, group, topic); }

    const auto snapshot = admin.read(reading());
    const auto done = admin.commit(committing({{topic, 0, 1}}));

    REQUIRE_MESSAGE(snapshot, snapshot.error().message);
    CHECK_FALSE(snapshot->group.is_active());
    CHECK(snapshot->group.state == core::GroupState::Empty);
    REQUIRE_MESSAGE(done, done.error().message);
    CHECK(real.committed(group, topic, 0) == Committed{1, "stamp"});
  }
}

TEST_CASE_FIXTURE(AdminFixture, "Several threads read and commit side by side") {
  std::atomic<int> good = 0;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([&, mine = unique("group")] {
      auto request = reading();
      request.group = mine;
      for (std::int64_t offset = 0; offset < 4; ++offset) {
        const auto done = admin.commit(
            {tests::reach(kafka_bootstrap()), mine, "stamp", {{topic, 0, offset}}, {}});
        const auto snapshot = admin.read(request);
        if (done && snapshot && snapshot->partitions[0].committed->offset == offset) ++good;
      }
    });
  }
  workers.clear();

  CHECK(good == 32);
}

}  // namespace
