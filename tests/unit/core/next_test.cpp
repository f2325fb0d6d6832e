#include "core/next.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/progress.h"
#include "support/builders.h"

using core::Error;
using core::Finish;
using core::Observed;
using core::OffsetReset;
using core::Reason;
using core::Snapshot;
using tests::at_second;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

Snapshot empty_group() { return SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 80); }
Snapshot active_group() { return SnapshotBuilder().member("app-1"); }

Observed fresh(core::Spec spec = SpecBuilder()) {
  Observed seen;
  seen.resource = tests::resource(std::move(spec));
  seen.now = at_second(2'000);
  return seen;
}

template <typename Wanted>
Wanted expect(const core::Step& step) {
  const auto* found = std::get_if<Wanted>(&step);
  REQUIRE(found != nullptr);
  return *found;
}

Finish finish(const Observed& seen) { return expect<Finish>(next(seen)); }

// As after SavePlan: the server stored what it was given, under a new version.
Observed saved(Observed seen) {
  auto stored = expect<core::SavePlan>(next(seen)).resource;
  stored.resource_version = "101";
  seen.saved = std::move(stored);
  return seen;
}

// A later pass over a resource whose plan was saved.
Observed recovering(Snapshot now_in_kafka) {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  Observed later = fresh();
  later.resource = **saved(seen).saved;
  later.snapshot = std::move(now_in_kafka);
  return later;
}

Snapshot with_offsets(std::int64_t first, std::int64_t second) {
  return SnapshotBuilder().partition(0, 100, first).partition(0, 100, second);
}

Snapshot joined_by(Snapshot snapshot, std::string client_id) {
  snapshot.group.state = core::GroupState::Stable;
  snapshot.group.members.push_back({std::move(client_id), "10.0.0.7", 2});
  return snapshot;
}

}  // namespace

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

TEST_CASE("nothing is committed unless the plan was saved as it is") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  SUBCASE("somebody was faster") {
    seen.saved = core::fail(Reason::Conflict, "modified");
    CHECK_FALSE(finish(seen).write.has_value());
  }
  SUBCASE("the API server is away") {
    seen.saved = core::fail(Reason::KubernetesUnavailable, "timed out");
    CHECK(finish(seen).outcome.reason == Reason::KubernetesUnavailable);
  }
  SUBCASE("the API server refused it") {
    seen.saved = core::fail(Reason::InternalError, "status.partitions: Invalid value");
    CHECK(finish(seen).outcome.reason == Reason::InternalError);
  }
  SUBCASE("an older CRD pruned it") {
    seen = saved(seen);
    (*seen.saved)->status.rows[0].before.reset();
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::InternalError);
    CHECK(end.outcome.message.find("CRD is older") != std::string::npos);
  }
}

TEST_CASE("members that join before the commit drop the plan, so that `before` is read afresh") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::fail(Reason::GroupActive, "UNKNOWN_MEMBER_ID");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::GroupActive);
  CHECK(end.write->status.rows.empty());
  CHECK_FALSE(end.write->status.summary.has_value());
  CHECK(end.write->resource_version == "101");
}

TEST_CASE("a commit of unknown outcome keeps the plan, to be compared later") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::fail(Reason::KafkaUnavailable, "timed out");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::KafkaUnavailable);
  CHECK(end.write->status.rows.size() == 2);
  CHECK_FALSE(end.write->status.closed);
}

TEST_CASE("a commit that was not begun writes nothing, as another operator may lead by now") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::fail(Reason::Conflict, "not begun");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::Conflict);
  CHECK_FALSE(end.write.has_value());
}

TEST_CASE("what is read back must be what was committed") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::Result<void>();
  seen.verified = with_offsets(10, 95);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::VerificationFailed);
  CHECK(end.outcome.message.find("partition 1 of topic orders is at 95, not at 10") !=
        std::string::npos);
  CHECK(end.write->status.summary->failed == 1);
  CHECK(end.write->status.summary->moved == 1);
}

TEST_CASE("a commit that is refused for good leaves no rows that claim a move") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::fail(Reason::NotAuthorized, "READ on group orders-consumer");
  expect<core::Verify>(next(seen));
  seen.verified = empty_group();
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NotAuthorized);
  CHECK(end.write->status.closed);
  CHECK(end.write->status.rows.empty());
  CHECK_FALSE(end.write->status.summary.has_value());
}

TEST_CASE("a commit that is refused for a part of its partitions is no success, and not silent") {
  Observed seen = fresh();
  seen.snapshot = empty_group();
  seen = saved(seen);
  seen.committed = core::fail(Reason::NotAuthorized, "READ on topic orders");
  seen.verified = with_offsets(10, 80);
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::NotAuthorized);
  CHECK(end.outcome.message.find("1 partition had been moved, and 1 had not") != std::string::npos);
  CHECK(end.write->status.closed);
  CHECK(end.write->status.rows.size() == 2);
  CHECK(end.write->status.summary->moved == 1);
  CHECK(end.write->status.summary->failed == 1);
}

TEST_CASE("after a crash, what is committed is compared with the saved plan") {
  SUBCASE("the group is read whatever its members do") {
    Observed seen = recovering(empty_group());
    seen.snapshot.reset();
    CHECK(expect<core::ReadKafka>(next(seen)).request.even_if_active);
  }
  SUBCASE("nothing seems applied: the coordinator's log tells whether it is so") {
    const auto find = expect<core::FindCommit>(next(recovering(empty_group()))).request;
    CHECK(find.group == "orders-consumer");
    CHECK(find.metadata == "offsetreset.io/uid-of-replay");
    CHECK(find.since < at_second(2'000));
  }
  SUBCASE("nothing was applied: the plan is committed") {
    Observed seen = recovering(empty_group());
    seen.history = false;
    CHECK(expect<core::CommitPlan>(next(seen)).requests.at(0).offsets.size() == 2);
    seen.committed = core::Result<void>();
    expect<core::Verify>(next(seen));
    seen.verified = with_offsets(10, 10);
    CHECK(finish(seen).outcome.reason == Reason::OffsetsReset);
  }
  SUBCASE("all was applied: it is concluded without another commit") {
    CHECK(finish(recovering(with_offsets(10, 10))).outcome.reason == Reason::OffsetsReset);
  }
  SUBCASE("all was applied and consumers have joined: concluded too") {
    const Finish end = finish(recovering(joined_by(with_offsets(10, 10), "app-1")));
    CHECK(end.outcome.reason == Reason::OffsetsReset);
  }
  SUBCASE("consumers moved on: they are not rewound") {
    const Finish end = finish(recovering(with_offsets(10, 42)));
    CHECK(end.outcome.reason == Reason::OffsetsMoved);
    CHECK(end.outcome.message.find("partition 1 of topic orders is at 42") != std::string::npos);
    CHECK(end.write->status.closed);
    CHECK(end.write->status.rows[1].before == 80);
    CHECK(end.write->status.summary->moved == 1);
    CHECK(end.write->status.summary->failed == 1);
  }
  SUBCASE("consumers came back to exactly where they were: they are not rewound either") {
    Observed seen = recovering(empty_group());
    seen.history = true;
    expect<core::Verify>(next(seen));
    seen.verified = empty_group();
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::OffsetsMoved);
    CHECK(end.outcome.message.find("exactly where they were before") != std::string::npos);
    CHECK(end.write->status.summary->moved == 0);
  }
  SUBCASE("another operator committed between the two looks: concluded") {
    Observed seen = recovering(empty_group());
    seen.history = true;
    seen.verified = with_offsets(10, 10);
    CHECK(finish(seen).outcome.reason == Reason::OffsetsReset);
  }
  SUBCASE("whether they came back can't be told: they are not rewound") {
    Observed seen = recovering(empty_group());
    seen.history = core::fail(Reason::NotAuthorized, "READ on topic __consumer_offsets");
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::OffsetsMoved);
    CHECK(end.outcome.message.find("READ on topic __consumer_offsets") != std::string::npos);
  }
  SUBCASE("the log can't be read for now: the plan stays") {
    Observed seen = recovering(empty_group());
    seen.history = core::fail(Reason::KafkaUnavailable, "timed out");
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::KafkaUnavailable);
    CHECK(end.write->status.rows.size() == 2);
  }
  SUBCASE("consumers that were moved forward can't come back: nobody is asked") {
    Observed seen = fresh(SpecBuilder().to(core::ToOffset{95}));
    seen.snapshot = empty_group();
    Observed later = fresh(SpecBuilder().to(core::ToOffset{95}));
    later.resource = **saved(seen).saved;
    later.snapshot = empty_group();
    expect<core::CommitPlan>(next(later));
  }
  SUBCASE("nothing was applied and consumers have joined: plan dropped, they are waited for") {
    Observed seen = recovering(joined_by(empty_group(), "app-1"));
    seen.history = false;
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::GroupActive);
    CHECK(end.write->status.rows.empty());
  }
  SUBCASE("Kafka is away: the plan stays") {
    Observed seen = recovering(empty_group());
    seen.snapshot = core::fail(Reason::KafkaUnavailable, "refused");
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::KafkaUnavailable);
    CHECK(end.write->status.rows.size() == 2);
  }
  SUBCASE("out of turn, the saved plan is not touched") {
    Observed seen = recovering(empty_group());
    seen.ahead = core::ObjectKey{"payments", "older"};
    CHECK_FALSE(finish(seen).write.has_value());
  }
}

namespace {

constexpr std::int64_t kNoCommit = -1;

// A plan of two requests: the commits of topic a are deleted, then those of topic b.
core::Spec two_requests() {
  return SpecBuilder()
      .topics({{"a", {}, {}}, {"b", {}, {}}})
      .to(core::ToPosition{core::Position::None});
}

Snapshot at(std::int64_t first, std::int64_t second) {
  return SnapshotBuilder().topic("a").partition(0, 100, first).topic("b").partition(0, 100, second);
}

Observed two_requests_saved(core::Spec spec = two_requests()) {
  Observed seen = fresh(std::move(spec));
  seen.snapshot = at(90, 80);
  seen = saved(seen);
  REQUIRE(expect<core::CommitPlan>(next(seen)).requests.size() == 2);
  return seen;
}

bool says(const Finish& end, const std::string& words) {
  return end.outcome.message.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a half applied plan is kept while consumers are in the group, and said so") {
  Observed later = fresh(two_requests());
  later.resource = **two_requests_saved().saved;
  later.snapshot = joined_by(at(kNoCommit, 80), "app-1");
  const Finish wait = finish(later);
  CHECK(wait.outcome.reason == Reason::GroupActive);
  CHECK(says(wait, "1 of the 2 requests"));
  CHECK(wait.write->status.rows.size() == 2);

  later.snapshot = at(kNoCommit, 80);
  const auto rest = expect<core::CommitPlan>(next(later)).requests;
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].deletions == std::vector<core::TopicPartition>{{"b", 0}});
}

TEST_CASE("consumers that join between two requests are refused the second: it is read back") {
  Observed seen = two_requests_saved();
  seen.committed = core::fail(Reason::GroupActive, "UNKNOWN_MEMBER_ID");
  expect<core::Verify>(next(seen));

  SUBCASE("the first is applied: the plan is kept, and the members and how far it is are told") {
    seen.verified = joined_by(at(kNoCommit, 80), "app-1");
    const Finish wait = finish(seen);
    CHECK(wait.outcome.reason == Reason::GroupActive);
    CHECK(says(wait, "1 of the 2 requests"));
    CHECK(says(wait, "app-1"));
    CHECK(wait.write->status.rows.size() == 2);
    CHECK(wait.write->status.summary->moved == 2);
  }
  SUBCASE("none is applied: the plan is dropped") {
    seen.verified = joined_by(at(90, 80), "app-1");
    const Finish wait = finish(seen);
    CHECK(wait.outcome.reason == Reason::GroupActive);
    CHECK(wait.write->status.rows.empty());
  }
  SUBCASE("they have committed: nothing more is moved") {
    seen.verified = joined_by(at(7, 80), "app-1");
    CHECK(finish(seen).outcome.reason == Reason::OffsetsMoved);
  }
}

TEST_CASE("a half applied plan that may not wait any longer tells what is applied") {
  const auto check = [](const Finish& end) {
    CHECK(end.outcome.reason == Reason::GroupStillActive);
    CHECK(says(end, "1 of the 2 requests"));
    CHECK(end.write->status.closed);
    CHECK(end.write->status.rows.size() == 2);
    CHECK(end.write->status.summary->moved == 1);
    CHECK(end.write->status.summary->failed == 1);
  };
  core::Spec spec = two_requests();
  spec.when_active = core::WhenActive::Fail;
  Observed seen = two_requests_saved(spec);
  SUBCASE("in the same pass") {
    seen.committed = core::fail(Reason::GroupActive, "UNKNOWN_MEMBER_ID");
    seen.verified = joined_by(at(kNoCommit, 80), "app-1");
    check(finish(seen));
  }
  SUBCASE("in a later one") {
    Observed later = fresh(spec);
    later.resource = **seen.saved;
    later.snapshot = joined_by(at(kNoCommit, 80), "app-1");
    check(finish(later));
  }
}

TEST_CASE("ago is resolved once, before the first read, and kept") {
  Observed seen = fresh(SpecBuilder().to(core::ToAgo{std::chrono::seconds(500), "500s"}));
  const auto stored = expect<core::SaveInstant>(next(seen)).resource;
  CHECK(stored.status.ago_from == at_second(2'000));
  CHECK(stored.status.resolved_timestamp == at_second(1'500));
  CHECK(stored.status.destination == "ago 500s");
  CHECK_FALSE(stored.status.closed);

  seen.instant = stored;
  seen.now = at_second(2'001);
  const auto read = expect<core::ReadKafka>(next(seen)).request;
  CHECK(read.topics.at(0).also.timestamp == at_second(1'500));

  SUBCASE("a later pass, or another process, counts from the same instant") {
    Observed later = fresh(SpecBuilder().to(core::ToAgo{std::chrono::seconds(500), "500s"}));
    later.resource = stored;
    later.now = at_second(9'000);
    CHECK(expect<core::ReadKafka>(next(later)).request.topics.at(0).also.timestamp ==
          at_second(1'500));
    later.snapshot = active_group();
    later.resource = *finish(later).write;
    CHECK(later.resource.status.ago_from == at_second(2'000));
  }
  SUBCASE("nothing is read unless it was saved") {
    seen.instant = core::fail(Reason::Conflict, "modified");
    CHECK_FALSE(finish(seen).write.has_value());
    OffsetReset pruned = stored;
    pruned.status.ago_from.reset();
    seen.instant = pruned;
    CHECK(finish(seen).outcome.reason == Reason::InternalError);
    CHECK(finish(seen).outcome.message.find("status.agoFrom") != std::string::npos);
  }
}

TEST_CASE("a dry run shows the whole plan and commits nothing, also of an active group") {
  Observed seen = fresh(SpecBuilder().dry_run());
  CHECK(expect<core::ReadKafka>(next(seen)).request.even_if_active);
  seen.snapshot = joined_by(empty_group(), "app-1");
  const Finish end = finish(seen);
  CHECK(end.outcome.reason == Reason::DryRunSucceeded);
  CHECK(end.outcome.message.find("set spec.dryRun to false") != std::string::npos);
  CHECK_FALSE(end.write->status.closed);
  CHECK(end.write->status.rows.size() == 2);
  CHECK(end.write->status.summary->replay_records == 150);

  SUBCASE("then it waits for its approval, and asks nobody") {
    seen = fresh(SpecBuilder().dry_run());
    seen.resource = *end.write;
    const Finish rest = finish(seen);
    CHECK(rest.outcome.reason == Reason::DryRunSucceeded);
    CHECK_FALSE(rest.write.has_value());
    CHECK(rest.poll.count() == 0);
  }
  SUBCASE("approved, it plans afresh: its rows are no plan that was saved") {
    Observed approved = fresh();
    approved.resource = *end.write;
    approved.resource.spec->dry_run = false;
    approved.resource.generation = 2;
    CHECK_FALSE(expect<core::ReadKafka>(next(approved)).request.even_if_active);
    approved.snapshot = with_offsets(95, 95);
    const auto plan = expect<core::SavePlan>(next(approved)).resource;
    CHECK(plan.status.rows[0].before == 95);
    CHECK_FALSE(plan.status.completion_time.has_value());
  }
  SUBCASE("approved while the group is active, it shows no rows that nothing stands behind") {
    Observed approved = fresh();
    approved.resource = *end.write;
    approved.resource.spec->dry_run = false;
    approved.snapshot = active_group();
    CHECK(finish(approved).write->status.rows.empty());
  }
}

TEST_CASE("a dry run with nothing to do says so, and stays a dry run") {
  Observed seen = fresh(SpecBuilder().dry_run());
  seen.snapshot = with_offsets(10, 10);
  CHECK(finish(seen).outcome.reason == Reason::DryRunSucceeded);
}

TEST_CASE("a dry run keeps the instant of ago for its approval") {
  Observed seen = fresh(SpecBuilder().to(core::ToAgo{std::chrono::seconds(500), "500s"}).dry_run());
  seen.instant = expect<core::SaveInstant>(next(seen)).resource;
  seen.snapshot = empty_group();
  const OffsetReset shown = *finish(seen).write;
  Observed approved = fresh();
  approved.resource = shown;
  approved.resource.spec->dry_run = false;
  approved.resource.generation = 2;
  approved.now = at_second(9'000);
  CHECK(expect<core::ReadKafka>(next(approved)).request.topics.at(0).also.timestamp ==
        at_second(1'500));
}

TEST_CASE("a suspended reset does nothing until it is resumed") {
  Observed seen = fresh(SpecBuilder().suspend());
  const Finish rest = finish(seen);
  CHECK(rest.outcome.reason == Reason::Suspended);
  CHECK_FALSE(rest.write->status.closed);
  CHECK(rest.poll.count() == 0);
  seen.resource = *rest.write;
  CHECK_FALSE(finish(seen).write.has_value());
  seen.resource.spec->suspend = false;
  expect<core::ReadKafka>(next(seen));
}

TEST_CASE("suspended with a saved plan, the plan stays, and is looked at when resumed") {
  Observed seen = recovering(with_offsets(10, 10));
  seen.resource.spec->suspend = true;
  const Finish rest = finish(seen);
  CHECK(rest.outcome.reason == Reason::Suspended);
  REQUIRE(rest.write->status.rows.size() == 2);
  Observed resumed = fresh();
  resumed.resource = *rest.write;
  resumed.resource.spec->suspend = false;
  resumed.snapshot = with_offsets(10, 10);
  CHECK(finish(resumed).outcome.reason == Reason::OffsetsReset);
}

TEST_CASE("a suspended dry run shows no rows: they would look like a saved plan") {
  Observed seen = fresh(SpecBuilder().dry_run());
  seen.snapshot = empty_group();
  seen.resource = *finish(seen).write;
  seen.resource.spec->suspend = true;
  CHECK(finish(seen).write->status.rows.empty());
}

TEST_CASE("notBefore is waited for by one timer") {
  Observed seen = fresh(SpecBuilder().not_before(at_second(2'100)));
  const Finish rest = finish(seen);
  CHECK(rest.outcome.reason == Reason::NotYet);
  CHECK(rest.outcome.message.find("1970-01-01T00:35:00Z") != std::string::npos);
  CHECK(rest.poll == std::chrono::seconds(100));
  CHECK_FALSE(rest.write->status.closed);
  seen.resource = *rest.write;
  seen.now = at_second(2'100);
  expect<core::ReadKafka>(next(seen));
  // A clock that is set is noticed.
  CHECK(finish(fresh(SpecBuilder().not_before(at_second(999'999)))).poll == core::kClockPoll);
}

TEST_CASE("a reset that has not begun by notAfter never does") {
  SUBCASE("seen too late") {
    const Finish end = finish(fresh(SpecBuilder().not_after(at_second(1'999))));
    CHECK(end.outcome.reason == Reason::Expired);
    CHECK(end.write->status.closed);
  }
  SUBCASE("until then it is as any other") {
    expect<core::ReadKafka>(next(fresh(SpecBuilder().not_after(at_second(2'000)))));
  }
  SUBCASE("a wait for consumers ends with it") {
    Observed seen = fresh(SpecBuilder().not_after(at_second(2'001)));
    seen.snapshot = active_group();
    CHECK(finish(seen).poll == std::chrono::milliseconds(1'001));
  }
  SUBCASE("out of turn too") {
    Observed seen = fresh(SpecBuilder().not_after(at_second(1'999)));
    seen.ahead = core::ObjectKey{"payments", "older"};
    CHECK(finish(seen).outcome.reason == Reason::Expired);
  }
  SUBCASE("a saved plan of which nothing is applied") {
    Observed seen = recovering(empty_group());
    seen.resource.spec->not_after = at_second(1'999);
    seen.history = false;
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::Expired);
    CHECK(end.write->status.rows.empty());
  }
  SUBCASE("a saved plan that is applied is concluded as what it is") {
    Observed seen = recovering(with_offsets(10, 10));
    seen.resource.spec->not_after = at_second(1'999);
    CHECK(finish(seen).outcome.reason == Reason::OffsetsReset);
  }
}

TEST_CASE("a guard refuses the plan and shows it") {
  core::Guards guards;
  guards.max_replay_records = 149;
  for (const bool is_dry_run : {false, true}) {
    CAPTURE(is_dry_run);
    Observed seen = fresh(SpecBuilder().guards(guards).dry_run(is_dry_run));
    seen.snapshot = empty_group();
    const Finish end = finish(seen);
    CHECK(end.outcome.reason == Reason::GuardExceeded);
    CHECK(end.write->status.closed);
    CHECK(end.write->status.rows.size() == 2);
    CHECK(end.write->status.summary->replay_records == 150);
  }
}

TEST_CASE("settleSeconds waits until the group's commits have not moved for so long") {
  const core::Spec spec =
      SpecBuilder().settle(std::chrono::seconds(5)).wait(std::chrono::seconds(30));
  Observed seen = fresh(spec);
  seen.snapshot = empty_group();
  const Finish first = finish(seen);
  CHECK(first.outcome.reason == Reason::Settling);
  CHECK(first.poll == core::kGroupPoll);
  REQUIRE(first.settling.has_value());
  CHECK_FALSE(first.write->status.waiting_since.has_value());

  Observed later = fresh(spec);
  later.resource = *first.write;
  later.settling = first.settling;
  later.snapshot = empty_group();
  later.now = at_second(2'004);
  SUBCASE("they rest: it goes on") {
    const Finish second = finish(later);
    CHECK(second.outcome.reason == Reason::Settling);
    CHECK_FALSE(second.write.has_value());
    CHECK(second.poll == std::chrono::seconds(1));
    later.now = at_second(2'005);
    expect<core::SavePlan>(next(later));
  }
  SUBCASE("one moves: it begins anew") {
    later.snapshot = with_offsets(90, 81);
    const Finish moved = finish(later);
    CHECK(moved.outcome.reason == Reason::Settling);
    CHECK(moved.settling->since == at_second(2'004));
    CHECK(moved.write->status.waiting_since == at_second(2'004));
    later.resource = *moved.write;
    later.settling = moved.settling;
    later.now = at_second(2'008);
    CHECK(finish(later).outcome.reason == Reason::Settling);
    // They never rest: it ends, in waitSeconds from the first move.
    later.now = at_second(2'034);
    later.snapshot = with_offsets(90, 82);
    const Finish end = finish(later);
    CHECK(end.outcome.reason == Reason::GroupStillActive);
    CHECK(end.outcome.message.find("assign()") != std::string::npos);
    CHECK(end.write->status.closed);
  }
  SUBCASE("another process starts from the beginning") {
    later.settling.reset();
    later.now = at_second(2'100);
    CHECK(finish(later).outcome.reason == Reason::Settling);
  }
}

TEST_CASE("an undo reads the other reset first") {
  Observed seen = fresh(SpecBuilder().to(core::ToUndo{"replay", false}));
  CHECK(expect<core::ReadReset>(next(seen)).key == core::ObjectKey{"payments", "replay"});
  SUBCASE("there is none") {
    seen.undone = core::fail(Reason::InvalidSpec, "there is no OffsetReset payments/replay");
    CHECK(finish(seen).outcome.reason == Reason::InvalidSpec);
  }
  SUBCASE("it is where the group goes back to") {
    OffsetReset undone = tests::resource();
    undone.status.rows = {{"orders", 0, 90, 10, 0, 100, {}}, {"orders", 1, {}, 10, 0, 100, {}}};
    set_outcome(undone.status, {Reason::OffsetsReset, "done"}, 1, at_second(1));
    seen.undone = undone;
    CHECK(expect<core::ReadKafka>(next(seen)).request.topics.at(0).partitions ==
          std::vector<std::int32_t>{0, 1});
    seen.snapshot = with_offsets(10, 10);
    seen = saved(seen);
    const auto requests = expect<core::CommitPlan>(next(seen)).requests;
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].offsets == std::vector<core::OffsetCommit>{{"orders", 0, 90}});
    CHECK(requests[1].deletions == std::vector<core::TopicPartition>{{"orders", 1}});
  }
}

TEST_CASE("a CSV is read from its ConfigMap, and waited for") {
  Observed seen = fresh(SpecBuilder().to(core::ToCsv{"positions", "orders.csv"}));
  const auto read = expect<core::ReadConfigMap>(next(seen));
  CHECK(read.config_map == core::ObjectKey{"payments", "positions"});
  CHECK(read.key == "orders.csv");
  seen.csv = core::fail(Reason::ConfigMapNotFound, "there is no ConfigMap payments/positions");
  const Finish waiting = finish(seen);
  CHECK(waiting.outcome.reason == Reason::ConfigMapNotFound);
  CHECK_FALSE(waiting.write->status.closed);
  seen.csv = std::string("orders,1,20\n");
  CHECK(expect<core::ReadKafka>(next(seen)).request.topics.at(0).partitions ==
        std::vector<std::int32_t>{1});
  seen.csv = std::string("nonsense\n");
  CHECK(finish(seen).outcome.reason == Reason::InvalidSpec);
}

TEST_CASE("only what could run now takes part in the order of its group") {
  const auto wants = [](const core::Spec& spec) {
    return core::wants_turn(tests::resource(spec), at_second(2'000));
  };
  CHECK(wants(SpecBuilder()));
  CHECK_FALSE(wants(SpecBuilder().suspend()));
  CHECK_FALSE(wants(SpecBuilder().dry_run()));
  CHECK_FALSE(wants(SpecBuilder().not_before(at_second(2'001))));
  CHECK(wants(SpecBuilder().not_before(at_second(2'000))));
  OffsetReset begun = recovering(empty_group()).resource;
  CHECK(core::wants_turn(begun, at_second(2'000)));
  begun.spec->suspend = true;
  CHECK_FALSE(core::wants_turn(begun, at_second(2'000)));
}
