#include "kafka/admin.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "support/kafka/real_kafka.h"

namespace {

using core::Reason;
using tests::Committed;
using tests::GroupMember;
using tests::kafka_bootstrap;
using tests::Protocol;
using tests::RealKafka;
using tests::unique;

core::TimePoint at(std::int64_t millis) {
  return core::TimePoint(std::chrono::milliseconds(millis));
}

// An admin of the real Kafka, and a topic of three partitions: records with the timestamps 100, 200
// and 300 in partition 0, one record in partition 1, none in partition 2.
struct Fixture {
  base::Metrics metrics;
  kafka::Admin admin{metrics};
  RealKafka real;
  std::string group = unique("group");
  std::string topic = real.make_topic(3);

  Fixture() {
    real.produce(topic, 0, {100, 200, 300});
    real.produce(topic, 1, {500});
  }

  core::ReadRequest reading() const {
    core::ReadRequest request;
    request.bootstrap_servers = kafka_bootstrap();
    request.group = group;
    request.topic = topic;
    return request;
  }
  core::CommitRequest committing(std::vector<core::OffsetCommit> offsets) const {
    return {kafka_bootstrap(), group, "stamp", std::move(offsets)};
  }
};

TEST_CASE_FIXTURE(Fixture, "Of a group that Kafka does not know, every partition is read") {
  const auto snapshot = admin.read(reading());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->group.state == core::GroupState::Dead);
  CHECK_FALSE(snapshot->group.is_active());
  CHECK(snapshot->partition_count == 3);
  REQUIRE(snapshot->partitions.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(snapshot->partitions[i].partition == static_cast<int>(i));
    CHECK_FALSE(snapshot->partitions[i].committed);
    CHECK_FALSE(snapshot->partitions[i].at_timestamp);
  }
  CHECK(snapshot->partitions[0].log_end == 3);
  CHECK(snapshot->partitions[1].log_end == 1);
  CHECK(snapshot->partitions[2].log_end == 0);
}

TEST_CASE_FIXTURE(Fixture, "The log start is where deleted records end") {
  real.delete_records(topic, 0, 2);

  const auto snapshot = admin.read(reading());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partitions[0].log_start == 2);
  CHECK(snapshot->partitions[0].log_end == 3);
}

TEST_CASE_FIXTURE(Fixture, "A timestamp finds the first record at or after it, or none") {
  auto request = reading();
  request.timestamp = at(150);

  const auto snapshot = admin.read(request);

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partitions[0].at_timestamp == core::RecordAt{1, at(200)});
  CHECK(snapshot->partitions[1].at_timestamp == core::RecordAt{0, at(500)});
  CHECK_FALSE(snapshot->partitions[2].at_timestamp);
}

TEST_CASE_FIXTURE(Fixture,
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

TEST_CASE_FIXTURE(Fixture, "One partition is read alone, and one that is not there is left out") {
  auto request = reading();
  request.partition = 1;
  const auto one = admin.read(request);
  request.partition = 99;
  const auto none = admin.read(request);

  REQUIRE_MESSAGE(one, one.error().message);
  REQUIRE(one->partitions.size() == 1);
  CHECK(one->partitions[0].partition == 1);
  REQUIRE_MESSAGE(none, none.error().message);
  CHECK(none->partitions.empty());
  CHECK(none->partition_count == 3);
}

TEST_CASE_FIXTURE(Fixture,
                  "A topic that is not there is TopicNotFound, and is not made by looking") {
  auto request = reading();
  request.topic = unique("no-such-topic");

  for (int i = 0; i < 2; ++i) {
    const auto snapshot = admin.read(request);
    REQUIRE_FALSE(snapshot);
    CHECK(snapshot.error().reason == Reason::TopicNotFound);
    CHECK(snapshot.error().message ==
          "read the partitions of topic " + request.topic + ": there is no such topic");
  }
}

TEST_CASE_FIXTURE(Fixture, "An active group is described and can't be committed for") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    const GroupMember member(protocol, group, topic);

    const auto snapshot = admin.read(reading());
    auto anyway = reading();
    anyway.even_if_active = true;
    const auto all = admin.read(anyway);
    const auto done = admin.commit(committing({{topic, 0, 1}}));

    REQUIRE_MESSAGE(snapshot, snapshot.error().message);
    CHECK(snapshot->group.type ==
          (protocol == Protocol::Classic ? core::GroupType::Classic : core::GroupType::Consumer));
    CHECK(snapshot->group.members == std::vector<core::Member>{{"witness", "127.0.0.1", 3}});
    CHECK(snapshot->partition_count == 0);
    CHECK(snapshot->partitions.empty());
    REQUIRE_MESSAGE(all, all.error().message);
    CHECK(all->partitions.size() == 3);
    REQUIRE_FALSE(done);
    CHECK(done.error().reason == Reason::GroupActive);
    CHECK(done.error().message == "commit offsets of group " + group + ": the group has members");
    CHECK_FALSE(real.committed(group, topic, 0));
  }
}

TEST_CASE_FIXTURE(Fixture, "A group whose members have left can be committed for") {
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

TEST_CASE_FIXTURE(Fixture, "Several threads read and commit side by side") {
  std::atomic<int> good = 0;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([&, mine = unique("group")] {
      auto request = reading();
      request.group = mine;
      for (std::int64_t offset = 0; offset < 4; ++offset) {
        const auto done = admin.commit({kafka_bootstrap(), mine, "stamp", {{topic, 0, offset}}});
        const auto snapshot = admin.read(request);
        if (done && snapshot && snapshot->partitions[0].committed->offset == offset) ++good;
      }
    });
  }
  workers.clear();

  CHECK(good == 32);
}

TEST_CASE_FIXTURE(Fixture, "A plan of a thousand partitions is read and committed") {
  const auto wide = real.make_topic(1000);
  auto request = reading();
  request.topic = wide;
  std::vector<core::OffsetCommit> offsets;
  for (int i = 0; i < 1000; ++i) offsets.push_back({wide, i, i});

  const auto done = admin.commit(committing(offsets));
  const auto snapshot = admin.read(request);

  REQUIRE_MESSAGE(done, done.error().message);
  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  REQUIRE(snapshot->partitions.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    CHECK(snapshot->partitions[static_cast<std::size_t>(i)].committed->offset == i);
  }
  real.delete_topic(wide);
}

TEST_CASE_FIXTURE(Fixture,
                  "A commit is found in the coordinator's log also after it was overwritten") {
  const auto since =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) -
      std::chrono::minutes(1);
  for (int number = 0; number < 20; ++number) {  // groups of every partition of the log
    const std::string name = unique(number % 2 == 0 ? "group" : "gr\xC3\xBCppe \xF0\x9F\x90\x98");
    CAPTURE(name);
    const core::HistoryRequest ours{kafka_bootstrap(), name, "offsetreset.io/of " + name, since};
    CHECK(admin.was_committed(ours) == false);
    REQUIRE(admin.commit({kafka_bootstrap(), name, ours.metadata, {{topic, 0, 1}}}));
    REQUIRE(admin.commit({kafka_bootstrap(), name, "another's", {{topic, 0, 3}}}));
    CHECK(admin.was_committed(ours) == true);
    core::HistoryRequest later = ours;
    later.since += std::chrono::hours(1);
    CHECK(admin.was_committed(later) == false);
  }
}

}  // namespace
