#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/next.h"
#include "core/progress.h"
#include "support/observing.h"

using core::Finish;
using core::Observed;
using core::OffsetReset;
using core::Reason;
using tests::active_group;
using tests::at_second;
using tests::empty_group;
using tests::expect;
using tests::finish;
using tests::fresh;
using tests::joined_by;
using tests::recovering;
using tests::saved;
using tests::SpecBuilder;
using tests::with_offsets;

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
