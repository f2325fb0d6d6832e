#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/next.h"
#include "core/progress.h"
#include "support/observing.h"

using core::Finish;
using core::Observed;
using core::Reason;
using core::Snapshot;
using tests::at_second;
using tests::empty_group;
using tests::expect;
using tests::finish;
using tests::fresh;
using tests::joined_by;
using tests::recovering;
using tests::saved;
using tests::SnapshotBuilder;
using tests::SpecBuilder;
using tests::with_offsets;

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
