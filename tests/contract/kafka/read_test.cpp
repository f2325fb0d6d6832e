#include <doctest/doctest.h>

#include "support/kafka/admin_fixture.h"

namespace {

using core::Reason;
using tests::AdminFixture;
using tests::at;
using tests::GroupMember;
using tests::OpenTransaction;
using tests::Protocol;
using tests::unique;

using Names = std::vector<core::TopicPartition>;

Names names_of(const core::Snapshot& snapshot) {
  Names names;
  for (const auto& row : snapshot.partitions) names.push_back({row.topic, row.partition});
  return names;
}

TEST_CASE_FIXTURE(AdminFixture, "Of a group that Kafka does not know, every partition is read") {
  const auto snapshot = admin.read(reading());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->group.state == core::GroupState::Dead);
  CHECK_FALSE(snapshot->group.is_active());
  CHECK(snapshot->partition_counts == std::map<std::string, std::int32_t>{{topic, 3}});
  CHECK(names_of(*snapshot) == Names{{topic, 0}, {topic, 1}, {topic, 2}});
  for (const auto& row : snapshot->partitions) {
    CHECK_FALSE(row.committed);
    CHECK_FALSE(row.at_timestamp);
    CHECK_FALSE(row.source);
  }
  CHECK(snapshot->partitions[0].log_end == 3);
  CHECK(snapshot->partitions[1].log_end == 1);
  CHECK(snapshot->partitions[2].log_end == 0);
}

TEST_CASE_FIXTURE(AdminFixture,
                  "The cluster says who it is, on a fresh connection and a warm one") {
  const auto fresh = admin.read(reading());
  const auto warm = admin.read(reading());

  REQUIRE_MESSAGE(fresh, fresh.error().message);
  REQUIRE_MESSAGE(warm, warm.error().message);
  CHECK(fresh->cluster_id == real.cluster_id());
  CHECK(warm->cluster_id == fresh->cluster_id);
}

TEST_CASE_FIXTURE(AdminFixture, "The log start is where deleted records end") {
  real.delete_records(topic, 0, 2);

  const auto snapshot = admin.read(reading());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partitions[0].log_start == 2);
  CHECK(snapshot->partitions[0].log_end == 3);
}

TEST_CASE_FIXTURE(AdminFixture, "A timestamp finds the first record at or after it, or none") {
  const auto snapshot = admin.read(reading({{topic, {}, {at(150), {}}}}));

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partitions[0].at_timestamp == core::RecordAt{1, at(200)});
  CHECK(snapshot->partitions[1].at_timestamp == core::RecordAt{0, at(500)});
  CHECK_FALSE(snapshot->partitions[2].at_timestamp);
}

TEST_CASE_FIXTURE(AdminFixture, "A log ends for ReadCommitted where an open transaction begins") {
  auto request = reading({{topic, {0}, {at(1), {}}}});
  const OpenTransaction transaction(topic, 0);

  const auto uncommitted = admin.read(request);
  request.isolation = core::Isolation::ReadCommitted;
  const auto committed = admin.read(request);

  REQUIRE_MESSAGE(uncommitted, uncommitted.error().message);
  REQUIRE_MESSAGE(committed, committed.error().message);
  CHECK(uncommitted->partitions[0].log_end == 4);
  CHECK(committed->partitions[0].log_end == 3);
  CHECK(committed->partitions[0].at_timestamp == uncommitted->partitions[0].at_timestamp);
}

TEST_CASE_FIXTURE(AdminFixture,
                  "One partition is read alone, and one that is not there is left out") {
  const auto one = admin.read(reading({{topic, {1}, {}}}));
  const auto none = admin.read(reading({{topic, {99}, {}}}));

  REQUIRE_MESSAGE(one, one.error().message);
  CHECK(names_of(*one) == Names{{topic, 1}});
  REQUIRE_MESSAGE(none, none.error().message);
  CHECK(none->partitions.empty());
  CHECK(none->partition_counts.at(topic) == 3);
}

TEST_CASE_FIXTURE(
    AdminFixture,
    "Several topics are read at once, each with what is asked of its own partitions") {
  const auto first = real.make_topic(2, "a");
  const auto last = real.make_topic(4, "z");
  const auto source = unique("source");
  real.produce(last, 3, {700, 800});
  real.commit(group, first, 1, {5, "by hand"});
  real.commit(source, first, 0, {7, ""});
  real.commit(source, topic, 1, {8, ""});

  const auto snapshot = admin.read(reading(
      {{first, {}, {{}, source}}, {topic, {0, 1}, {at(300), {}}}, {last, {2, 3}, {at(800), {}}}}));

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partition_counts ==
        std::map<std::string, std::int32_t>{{first, 2}, {topic, 3}, {last, 4}});
  CHECK(names_of(*snapshot) ==
        Names{{first, 0}, {first, 1}, {topic, 0}, {topic, 1}, {last, 2}, {last, 3}});
  const auto& rows = snapshot->partitions;
  CHECK(rows[0].source == 7);
  CHECK_FALSE(rows[0].committed);
  CHECK_FALSE(rows[1].source);
  CHECK(rows[1].committed == core::Commit{5, -1, "by hand"});
  CHECK_FALSE(rows[3].source);
  CHECK(rows[2].at_timestamp == core::RecordAt{2, at(300)});
  CHECK_FALSE(rows[4].at_timestamp);
  CHECK(rows[5].at_timestamp == core::RecordAt{1, at(800)});
  CHECK(rows[5].log_end == 2);
}

TEST_CASE_FIXTURE(AdminFixture, "A group that does not exist has nothing to copy") {
  const auto snapshot = admin.read(reading({{topic, {}, {{}, unique("nobody")}}}));

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  for (const auto& row : snapshot->partitions) CHECK_FALSE(row.source);
}

TEST_CASE_FIXTURE(AdminFixture, "All that a group has committed is read without naming a topic") {
  const auto other = real.make_topic(2, "other");
  real.commit(group, topic, 2, {0, ""});
  real.commit(group, topic, 0, {1, ""});
  real.commit(group, other, 1, {0, ""});

  const auto snapshot = admin.read(reading_all_committed());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(names_of(*snapshot) == Names{{other, 1}, {topic, 0}, {topic, 2}});
  CHECK(snapshot->partition_counts == std::map<std::string, std::int32_t>{{other, 2}, {topic, 3}});
  CHECK(snapshot->partitions[1].committed->offset == 1);
  CHECK(snapshot->partitions[1].log_end == 3);
}

TEST_CASE_FIXTURE(AdminFixture, "All that is copied is read too, with the instant to look for") {
  const auto source = unique("source");
  real.commit(group, topic, 0, {1, ""});
  real.commit(source, topic, 1, {9, ""});

  const auto snapshot = admin.read(reading_all_committed({at(400), source}));

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(names_of(*snapshot) == Names{{topic, 0}, {topic, 1}});
  CHECK_FALSE(snapshot->partitions[0].source);
  CHECK_FALSE(snapshot->partitions[1].committed);
  CHECK(snapshot->partitions[1].source == 9);
  CHECK(snapshot->partitions[1].at_timestamp == core::RecordAt{0, at(500)});
}

TEST_CASE_FIXTURE(AdminFixture, "Of all that is committed, a topic that was deleted is left out") {
  const auto gone = real.make_topic(1, "gone");
  real.commit(group, gone, 0, {0, ""});
  real.commit(group, topic, 0, {1, ""});
  real.delete_topic(gone);

  const auto snapshot = admin.read(reading_all_committed());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(names_of(*snapshot) == Names{{topic, 0}});
}

TEST_CASE_FIXTURE(AdminFixture, "A group without commits has no partition to read") {
  const auto snapshot = admin.read(reading_all_committed());

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(snapshot->partitions.empty());
  CHECK(snapshot->partition_counts.empty());
}

TEST_CASE_FIXTURE(AdminFixture, "Without the logs, nothing is asked but what is committed") {
  real.commit(group, topic, 0, {2, ""});
  auto request = reading({{topic, {0, 1}, {at(100), {}}}});
  request.with_logs = false;

  const auto snapshot = admin.read(request);

  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(names_of(*snapshot) == Names{{topic, 0}, {topic, 1}});
  CHECK(snapshot->partitions[0].committed->offset == 2);
  CHECK(was_asked_for("committed"));
  for (const auto* operation : {"log_start", "log_end", "timestamp", "source"}) {
    CAPTURE(operation);
    CHECK_FALSE(was_asked_for(operation));
  }
}

TEST_CASE_FIXTURE(AdminFixture,
                  "Topics that are not there are named, and are not made by looking") {
  const auto first = unique("a-topic-that-is-not-there");
  const auto last = unique("z-topic-that-is-not-there");
  for (int i = 0; i < 2; ++i) {
    const auto one = admin.read(reading({{first, {}, {}}}));
    const auto two = admin.read(reading({{first, {}, {}}, {topic, {}, {}}, {last, {0}, {}}}));
    REQUIRE_FALSE(one);
    CHECK(one.error() ==
          core::Error{Reason::TopicNotFound,
                      "read the partitions of topic " + first + ": there is no such topic"});
    REQUIRE_FALSE(two);
    CHECK(two.error() ==
          core::Error{Reason::TopicNotFound, "read the partitions of topics " + first + ", " +
                                                 last + ": there is no such topic"});
  }
}

TEST_CASE_FIXTURE(AdminFixture, "Of an active group nothing is read but who is in it") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    const GroupMember member(protocol, group, topic);

    const auto snapshot = admin.read(reading());

    REQUIRE_MESSAGE(snapshot, snapshot.error().message);
    CHECK(snapshot->group.type ==
          (protocol == Protocol::Classic ? core::GroupType::Classic : core::GroupType::Consumer));
    CHECK(snapshot->group.members == std::vector<core::Member>{{"witness", "127.0.0.1", 3}});
    CHECK(snapshot->cluster_id == real.cluster_id());
    CHECK(snapshot->partition_counts.empty());
    CHECK(snapshot->partitions.empty());
    CHECK_FALSE(was_asked_for("metadata"));
  }
}

TEST_CASE_FIXTURE(AdminFixture, "An active group is read as a whole if that is asked for") {
  for (const auto protocol : {Protocol::Classic, Protocol::Consumer}) {
    CAPTURE(static_cast<int>(protocol));
    group = unique("group");
    real.commit(group, topic, 1, {1, ""});
    const GroupMember member(protocol, group, topic);
    auto named = reading();
    auto committed = reading_all_committed();
    named.even_if_active = committed.even_if_active = true;

    const auto by_name = admin.read(named);
    const auto by_commit = admin.read(committed);

    REQUIRE_MESSAGE(by_name, by_name.error().message);
    REQUIRE_MESSAGE(by_commit, by_commit.error().message);
    CHECK(by_name->group.is_active());
    CHECK(names_of(*by_name) == Names{{topic, 0}, {topic, 1}, {topic, 2}});
    CHECK(names_of(*by_commit) == Names{{topic, 1}});
  }
}

}  // namespace
