#include "core/next.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/progress.h"
#include "support/observing.h"

using core::Error;
using core::Finish;
using core::Observed;
using core::Reason;
using core::Snapshot;
using tests::active_group;
using tests::at_second;
using tests::empty_group;
using tests::expect;
using tests::finish;
using tests::fresh;
using tests::recovering;
using tests::saved;
using tests::SnapshotBuilder;
using tests::SpecBuilder;
using tests::with_offsets;

TEST_CASE("a straight reset reads, saves the plan, commits, reads back and concludes") {
  Observed seen = fresh();
  const auto read = expect<core::ReadKafka>(next(seen)).request;
  CHECK(read.group == "orders-consumer");
  CHECK_FALSE(read.even_if_active);

  seen.snapshot = empty_group();
  const auto plan = expect<core::SavePlan>(next(seen)).resource;
  CHECK(reason_of(plan.status) == Reason::Planned);
  CHECK(plan.status.rows.size() == 2);
  CHECK(plan.resource_version == "100");
  CHECK_FALSE(plan.status.closed);

  seen = saved(seen);
  const auto commit = expect<core::CommitPlan>(next(seen)).requests;
  REQUIRE(commit.size() == 1);
  CHECK(commit[0].offsets == std::vector<core::OffsetCommit>{{"orders", 0, 10}, {"orders", 1, 10}});
  CHECK(commit[0].metadata == "offsetreset.io/uid-of-replay");

  seen.committed = core::Result<void>();
  CHECK(expect<core::Verify>(next(seen)).request.even_if_active);

  seen.verified = with_offsets(10, 10);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::OffsetsReset);
  REQUIRE(end.write.has_value());
  CHECK(end.write->resource_version == "101");
  CHECK(end.write->status.closed);
  CHECK(end.write->status.rows[0].before == 90);
}

TEST_CASE("a commit that can't be read back for good is told as accepted, and not as refused") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::Result<void>();
  seen.verified = core::fail(Reason::NotAuthorized, "describe group: a right is missing");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NotAuthorized);
  CHECK(end.outcome.message.find("was accepted, and could not be read back then: describe") !=
        std::string::npos);
  REQUIRE(end.write.has_value());
  CHECK(end.write->status.rows.size() == 2);
  seen.verified = core::fail(Reason::KafkaUnavailable, "away");
  CHECK(finish(seen).outcome == Error{Reason::KafkaUnavailable, "away"});
}

TEST_CASE("a saved plan that can't be compared for good is told as perhaps applied") {
  Observed seen = recovering({});
  seen.snapshot = core::fail(Reason::NotAuthorized, "describe group: a right is missing");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NotAuthorized);
  CHECK(end.outcome.message.find("can't see now whether it was made: describe group") !=
        std::string::npos);
  CHECK(end.write->status.rows.size() == 2);
}

TEST_CASE("a group that bears this reset's stamp is not moved again when the plan is gone") {
  Observed seen = fresh(SpecBuilder().to(core::ToShift{-5}));
  Snapshot moved = with_offsets(85, 75);
  moved.partitions[1].committed->metadata = core::commit_stamp(seen.resource.uid);
  seen.snapshot = moved;
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::OffsetsMoved);
  CHECK(end.outcome.message.find("has moved group orders-consumer before") != std::string::npos);
  moved.partitions[1].committed->metadata = core::commit_stamp("another reset's uid");
  seen.snapshot = moved;
  CHECK(expect<core::SavePlan>(next(seen)).resource.status.rows.size() == 2);
}

TEST_CASE("a summary that somebody has removed from a saved plan is counted again") {
  Observed seen = recovering(with_offsets(10, 10));
  seen.resource.status.summary.reset();
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::OffsetsReset);
  REQUIRE(end.write.has_value());
  REQUIRE(end.write->status.summary.has_value());
  CHECK(end.write->status.summary->moved == 2);
}

TEST_CASE("a timestamp is looked up with the rest") {
  const auto read =
      expect<core::ReadKafka>(next(fresh(SpecBuilder().to(core::ToTimestamp{at_second(5)}))));
  CHECK(read.request.topics.at(0).also.timestamp == at_second(5));
}

TEST_CASE("an active group is waited for, with one write for the whole wait") {
  Observed seen = fresh();
  seen.snapshot = active_group();
  const Finish first = finish(seen);
  CHECK(first.outcome.reason == Reason::GroupActive);
  CHECK(first.outcome.message.find("app-1 on 10.0.0.7") != std::string::npos);
  CHECK(first.outcome.message.find("session timeout") != std::string::npos);
  CHECK(first.poll == std::chrono::seconds(600));  // waitSeconds
  REQUIRE(first.write.has_value());
  CHECK(first.write->status.waiting_since == at_second(2'000));
  CHECK(first.write->status.group->members.at(0).client_id == "app-1");

  seen.resource = *first.write;
  seen.now = at_second(2'100);
  const Finish later = finish(seen);
  CHECK(later.outcome.reason == Reason::GroupActive);
  CHECK_FALSE(later.write.has_value());
}

TEST_CASE("of a group that is watched nothing is read while it has members") {
  Observed seen = fresh();
  seen.watched = active_group().group;
  const Finish waiting = finish(seen);
  CHECK(waiting.outcome.reason == Reason::GroupActive);
  REQUIRE(waiting.write.has_value());
  CHECK(waiting.write->status.group->members.at(0).client_id == "app-1");

  seen.watched = empty_group().group;
  expect<core::ReadKafka>(next(seen));
}

TEST_CASE("why a watched group can't be seen is told without asking again") {
  Observed seen = fresh();
  seen.watched = core::fail(Reason::KafkaUnavailable, "describe group g: connection refused");
  const Finish failed = finish(seen);
  CHECK(failed.outcome == Error{Reason::KafkaUnavailable, "describe group g: connection refused"});
  CHECK(failed.write.has_value());
}

TEST_CASE("a wait for the group begins anew when a suspended reset is resumed") {
  Observed seen = fresh(SpecBuilder().suspend());
  seen.resource.status.waiting_since = at_second(1'000);
  const Finish rest = finish(seen);
  REQUIRE(rest.write.has_value());
  CHECK_FALSE(rest.write->status.waiting_since);
}

TEST_CASE("a dry run does not care who is in the group") {
  Observed seen = fresh(SpecBuilder().dry_run());
  seen.watched = active_group().group;
  expect<core::ReadKafka>(next(seen));
}

TEST_CASE("a finished reset with a time to live stays open, and is deleted when that is over") {
  Observed seen = fresh(SpecBuilder().ttl(std::chrono::seconds(60)));
  seen.snapshot = with_offsets(10, 10);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NothingToReset);
  REQUIRE(end.write.has_value());
  CHECK_FALSE(end.write->status.closed);
  CHECK(end.poll == std::chrono::seconds(60));
  CHECK_FALSE(wants_turn(*end.write, seen.now));

  Observed later = fresh();
  later.resource = *end.write;
  later.now = at_second(2'059);
  const Finish rest = finish(later);
  CHECK_FALSE(rest.write.has_value());
  CHECK(rest.poll == std::chrono::seconds(1));
  later.now = at_second(2'060);
  const auto gone = expect<core::DeleteReset>(next(later));
  CHECK(gone.key == later.resource.key);
  CHECK(gone.uid == later.resource.uid);
  later.deleted = core::fail(Reason::InternalError, "delete: forbidden");
  CHECK(finish(later).outcome == Error{Reason::KubernetesUnavailable, "delete: forbidden"});
  later.deleted = core::Result<void>();
  CHECK(finish(later).outcome.reason == Reason::NothingToReset);
}

TEST_CASE("the rows of a finished reset with a time to live are no plan to go on with") {
  Observed seen = fresh(SpecBuilder().ttl(std::chrono::seconds(60)));
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::Result<void>();
  seen.verified = with_offsets(10, 10);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::OffsetsReset);
  CHECK_FALSE(end.write->status.rows.empty());
  CHECK_FALSE(has_saved_plan(end.write->status));
}

TEST_CASE("who is in the group is updated at most once a minute") {
  Observed seen = fresh();
  seen.snapshot = active_group();
  seen.resource = *finish(seen).write;
  seen.snapshot = Snapshot(SnapshotBuilder().member("app-1").member("app-2"));
  seen.last_write = at_second(2'000);
  seen.now = at_second(2'059);
  CHECK_FALSE(finish(seen).write.has_value());
  CHECK(finish(seen).poll == std::chrono::seconds(1));
  seen.now = at_second(2'060);
  const Finish updated = finish(seen);
  REQUIRE(updated.write.has_value());
  CHECK(updated.write->status.group->member_count == 2);
}

TEST_CASE("members that could not be named at first are named at once") {
  Observed seen = fresh();
  Snapshot rebalancing = active_group();
  rebalancing.group.state = core::GroupState::PreparingRebalance;
  rebalancing.group.members.clear();
  seen.snapshot = rebalancing;
  seen.resource = *finish(seen).write;
  seen.snapshot = active_group();
  seen.last_write = seen.now = at_second(2'000);
  const Finish named = finish(seen);
  REQUIRE(named.write.has_value());
  CHECK(named.write->status.group->members.size() == 1);
}

TEST_CASE("at most twenty members are named, and the rest is counted") {
  SnapshotBuilder crowd;
  for (int i = 10; i < 35; ++i) crowd.member("app-" + std::to_string(i));
  Observed seen = fresh();
  seen.snapshot = Snapshot(crowd);
  const Finish wait = finish(seen);
  CHECK(wait.write->status.group->members.size() == core::kMembersNamed);
  CHECK(wait.write->status.group->member_count == 25);
  CHECK(wait.outcome.message.find("and 5 more") != std::string::npos);
}

TEST_CASE("waiting ends after waitSeconds, counted from when the group was first found active") {
  Observed seen = fresh(SpecBuilder().wait(std::chrono::seconds(30)));
  seen.snapshot = active_group();
  seen.resource = *finish(seen).write;
  seen.now = at_second(2'029);
  CHECK(finish(seen).outcome.reason == Reason::GroupActive);
  CHECK(finish(seen).poll == std::chrono::seconds(1));
  seen.now = at_second(2'030);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::GroupStillActive);
  CHECK(end.write->status.closed);
  CHECK(end.write->status.group->members.at(0).client_id == "app-1");
}

TEST_CASE("whenActive: Fail does not wait") {
  Observed seen = fresh(SpecBuilder().when_active(core::WhenActive::Fail));
  seen.snapshot = active_group();
  CHECK(finish(seen).outcome.reason == Reason::GroupStillActive);
}

TEST_CASE("what can't be done is refused before anything is saved") {
  struct Case {
    std::string sentence;
    core::Result<Snapshot> snapshot;
    core::Spec spec;
    Reason reason;
  };
  const std::vector<Case> cases{
      {"an unknown topic", core::fail(Reason::TopicNotFound, "no"), SpecBuilder(),
       Reason::TopicNotFound},
      {"no rights", core::fail(Reason::NotAuthorized, "no"), SpecBuilder(), Reason::NotAuthorized},
      {"a streams group", core::fail(Reason::GroupTypeUnsupported, "no"), SpecBuilder(),
       Reason::GroupTypeUnsupported},
      {"an offset out of range", empty_group(),
       SpecBuilder().to(core::ToOffset{101}).out_of_range(core::OutOfRange::Fail),
       Reason::OffsetOutOfRange},
  };
  for (const auto& [sentence, snapshot, spec, reason] : cases) {
    CAPTURE(sentence);
    Observed seen = fresh(spec);
    seen.snapshot = snapshot;
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == reason);
    CHECK(end.write->status.closed);
    CHECK(end.write->status.rows.empty());
  }
}

TEST_CASE("a spec that an older CRD let through is refused without asking Kafka") {
  Observed seen = fresh();
  seen.resource.spec = core::fail(Reason::InvalidSpec, "spec.to: write exactly one");
  CHECK(finish(seen).outcome.reason == Reason::InvalidSpec);
}

TEST_CASE("a passing failure is written once and tried again") {
  Observed seen = fresh();
  seen.snapshot = core::fail(Reason::KafkaUnavailable, "connect to kafka:9092: refused");
  const Finish first = finish(seen);
  REQUIRE(first.write.has_value());
  CHECK_FALSE(first.write->status.closed);
  seen.resource = *first.write;
  seen.now = at_second(2'500);
  CHECK_FALSE(finish(seen).write.has_value());
  seen.snapshot = empty_group();
  CHECK(expect<core::SavePlan>(next(seen)).resource.status.rows.size() == 2);
}

TEST_CASE("a group that is there already is a success that commits nothing") {
  Observed seen = fresh();
  seen.snapshot = with_offsets(10, 10);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NothingToReset);
  CHECK(end.write->status.closed);
  CHECK(end.write->status.summary->unchanged == 2);
  CHECK(end.write->status.rows.size() == 2);
}

TEST_CASE("a plan that the status can't hold is refused, with what would fit") {
  SnapshotBuilder snapshot;
  for (int i = 0; i < 20'000; ++i) snapshot.partition(0, 100, 90);
  Observed seen = fresh();
  seen.snapshot = Snapshot(snapshot);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::TooManyPartitions);
  CHECK(end.outcome.message.find("has 20000 partitions") != std::string::npos);
  CHECK(end.write->status.rows.empty());
}

TEST_CASE("an older reset of the same group comes first") {
  Observed seen = fresh();
  seen.ahead = core::ObjectKey{"payments", "older"};
  const Finish queued = finish(seen);
  CHECK(queued.outcome.reason == Reason::Queued);
  CHECK(queued.outcome.message.find("payments/older") != std::string::npos);
  seen.resource = *queued.write;
  CHECK_FALSE(finish(seen).write.has_value());
}

TEST_CASE("a resource that is being deleted is not begun") {
  Observed seen = fresh();
  seen.resource.is_being_deleted = true;
  const Finish end = finish(seen);
  CHECK_FALSE(end.write.has_value());
  CHECK_FALSE(is_final(end.outcome.reason));
}

TEST_CASE("a closed resource is left alone") {
  Observed seen = fresh();
  set_outcome(seen.resource.status, {Reason::OffsetsReset, "done"}, 1, at_second(1));
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::OffsetsReset);
  CHECK_FALSE(end.write.has_value());
}
