#include "core/selection.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/conditions.h"
#include "support/builders.h"

using core::Inputs;
using core::OffsetReset;
using core::Reason;
using core::Row;
using core::Snapshot;
using core::ToAgo;
using core::ToCsv;
using core::ToGroup;
using core::ToOffset;
using core::ToOffsets;
using core::ToTimestamp;
using core::ToUndo;
using tests::at_second;
using tests::SnapshotBuilder;
using tests::SpecBuilder;

namespace {

// A reset that moved partition 0 from 90 to 10 and gave partition 1 a commit at 10.
OffsetReset finished(Reason reason = Reason::OffsetsReset, core::Spec spec = SpecBuilder()) {
  OffsetReset undone = tests::resource(std::move(spec), "replay");
  undone.status.rows = {{"orders", 0, 90, 10, 0, 100, {}},
                        {"orders", 1, {}, 10, 0, 100, {}},
                        {"orders", 2, 10, 10, 0, 100, {}}};
  set_outcome(undone.status, {reason, "because"}, 1, at_second(1));
  return undone;
}

core::Result<std::vector<Row>> undo(const OffsetReset& undone, const Snapshot& now,
                                    bool even_if_moved = false) {
  Inputs inputs;
  inputs.undone = undone;
  return tests::plan(SpecBuilder().to(ToUndo{"replay", even_if_moved}), now, inputs);
}

core::Result<core::Selection> csv(const std::string& text) {
  Inputs inputs;
  inputs.csv_text = text;
  return select(SpecBuilder().to(ToCsv{"positions", "orders.csv"}), inputs);
}

}  // namespace

TEST_CASE("each topic is read for what its destination needs") {
  const core::Spec spec = SpecBuilder()
                              .to(ToOffset{10})
                              .topics({{"a", {}, {}},
                                       {"b", {1, 2}, ToGroup{"other"}},
                                       {"c", {}, ToTimestamp{at_second(5)}},
                                       {"d", {}, ToOffsets{{{3, 1}, {7, 2}}}}});
  const auto request = read_request(spec, select(spec, {}).value());
  CHECK(request.topics == std::vector<core::TopicRead>{{"a", {}, {}},
                                                       {"b", {1, 2}, {{}, "other"}},
                                                       {"c", {}, {at_second(5), {}}},
                                                       {"d", {3, 7}, {}}});
  CHECK_FALSE(request.all_committed.has_value());
  CHECK_FALSE(request.even_if_active);
}

TEST_CASE("allTopics reads what is committed, and what the destination needs of it") {
  const core::Spec spec = SpecBuilder().all_topics().to(ToGroup{"other"}).dry_run();
  const auto request = read_request(spec, select(spec, {}).value());
  CHECK(request.topics.empty());
  CHECK(request.all_committed == core::PartitionRead{{}, "other"});
  CHECK(request.even_if_active);
}

TEST_CASE("what may delete commits asks for the right to") {
  const auto deletes = [](const core::Spec& spec, const Inputs& inputs = {}) {
    return read_request(spec, select(spec, inputs).value()).deletes;
  };
  const core::ToPosition none{core::Position::None};
  CHECK_FALSE(deletes(SpecBuilder().to(ToOffset{10})));
  CHECK_FALSE(deletes(SpecBuilder().to(core::ToPosition{core::Position::Latest})));
  CHECK(deletes(SpecBuilder().to(none)));
  CHECK(deletes(SpecBuilder().all_topics().to(none)));
  CHECK(deletes(SpecBuilder().topics({{"a", {}, none}, {"b", {}, ToOffset{10}}})));
  Inputs inputs;
  inputs.undone = finished();
  CHECK(deletes(SpecBuilder().to(ToUndo{"replay", false}), inputs));
  inputs.undone->status.rows.erase(inputs.undone->status.rows.begin() + 1);
  CHECK_FALSE(deletes(SpecBuilder().to(ToUndo{"replay", false}), inputs));
}

TEST_CASE("ago is counted from the saved instant") {
  const core::Spec spec = SpecBuilder().to(ToAgo{std::chrono::seconds(30), "30s"});
  Inputs inputs;
  inputs.ago_from = at_second(100);
  const auto request = read_request(spec, select(spec, inputs).value());
  CHECK(request.topics.at(0).also.timestamp == at_second(70));
  CHECK(resolved_timestamp(spec, inputs.ago_from) == at_second(70));
  CHECK_FALSE(resolved_timestamp(spec, {}).has_value());
  CHECK(uses_ago(spec));
  CHECK_FALSE(core::uses_ago(SpecBuilder()));
}

TEST_CASE("an undo goes back to what the other reset found") {
  const Snapshot now = SnapshotBuilder().partition(0, 100, 10).partition(0, 100, 10);
  const auto rows = undo(finished(), now);
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].after == 90);
  CHECK((*rows)[1].is_deletion());
}

TEST_CASE("an undo goes back exactly, also to where the log is not any more") {
  const Snapshot now = SnapshotBuilder().partition(95, 100, 10).partition(95, 100, 10);
  CHECK(undo(finished(), now)->at(0).after == 90);
}

TEST_CASE("what the other reset did not come to is where it is to be already") {
  const Snapshot now = SnapshotBuilder().partition(0, 100, 90).partition(0, 100, 10);
  const auto rows = undo(finished(Reason::OffsetsMoved), now);
  REQUIRE(rows.has_value());
  CHECK_FALSE((*rows)[0].is_move());
  CHECK((*rows)[1].is_deletion());
}

TEST_CASE("a group that has moved on since is not undone, unless that is what is wanted") {
  const Snapshot now = SnapshotBuilder().partition(0, 100, 42).partition(0, 100, -1);
  const auto refused = undo(finished(), now);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().reason == Reason::OffsetsMoved);
  CHECK(refused.error().message.find("partition 0 of topic orders is at 42, not at 10") !=
        std::string::npos);
  CHECK(refused.error().message.find("undoMoved: true") != std::string::npos);
  CHECK(undo(finished(), now, true)->at(0).after == 90);
}

TEST_CASE("what can't be undone is refused, and says why") {
  struct Case {
    std::string words;
    OffsetReset undone;
  };
  OffsetReset fresh = tests::resource(SpecBuilder(), "replay");
  OffsetReset broken = finished();
  broken.spec = core::fail(Reason::InvalidSpec, "no");
  core::Spec elsewhere = SpecBuilder();
  elsewhere.bootstrap_servers = "another:9092";
  OffsetReset refused = finished(Reason::TopicNotFound);
  refused.status.rows.clear();
  const std::vector<Case> cases{
      {"it has not finished (not begun)", fresh},
      {"it has not finished (GroupActive)", finished(Reason::GroupActive)},
      {"it is a dry run", finished(Reason::DryRunSucceeded, SpecBuilder().dry_run())},
      {"it reset group billing, not orders-consumer",
       finished(Reason::OffsetsReset, SpecBuilder().group("billing"))},
      {"another cluster", finished(Reason::OffsetsReset, elsewhere)},
      {"its own spec is invalid", broken},
      {"it moved nothing (TopicNotFound)", refused},
      {"it moved nothing (GuardExceeded)", finished(Reason::GuardExceeded)},
  };
  for (const auto& [words, undone] : cases) {
    CAPTURE(words);
    const auto rows = undo(undone, Snapshot());
    REQUIRE_FALSE(rows.has_value());
    CHECK(rows.error().reason == Reason::InvalidSpec);
    CHECK(rows.error().message.find("OffsetReset replay can't be undone") == 0);
    CHECK(rows.error().message.find(words) != std::string::npos);
  }
}

TEST_CASE("a reset that found nothing to do is undone by doing nothing") {
  OffsetReset nothing = finished(Reason::NothingToReset);
  nothing.status.rows.clear();
  const auto rows = undo(nothing, Snapshot());
  REQUIRE(rows.has_value());
  CHECK(rows->empty());
}

TEST_CASE("a CSV names its own topics and partitions") {
  const auto selection = csv("b,1,20\na,0,5\nb,0,10\n");
  REQUIRE(selection.has_value());
  REQUIRE(selection->targets.size() == 2);
  CHECK(selection->targets[0].topic == "a");
  CHECK(selection->targets[1].partitions == std::vector<std::int32_t>{0, 1});
  CHECK(std::get<ToOffsets>(selection->targets[1].goal) == ToOffsets{{{0, 10}, {1, 20}}});
}

TEST_CASE("what is wrong with a CSV is told with where it is") {
  const auto selection = csv("a,0,5\na,x,5\n");
  REQUIRE_FALSE(selection.has_value());
  CHECK(selection.error().reason == Reason::InvalidSpec);
  CHECK(selection.error().message.find("ConfigMap positions, key orders.csv: ") == 0);
  CHECK(selection.error().message.find("line 2") != std::string::npos);
}
