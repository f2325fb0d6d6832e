#include "controller/store.h"

#include <doctest/doctest.h>

#include "core/conditions.h"
#include "support/builders.h"

using controller::Store;
using core::Applied;
using core::Deleted;
using core::ObjectKey;
using core::OffsetReset;
using core::Relisted;
using Keys = std::vector<ObjectKey>;

namespace {

constexpr core::TimePoint kNow{std::chrono::seconds(2'000)};
core::TimePoint at_two_thousand() { return kNow; }

OffsetReset named(const std::string& name, std::int64_t created_second = 1'000,
                  const std::string& version = "100") {
  OffsetReset resource = tests::resource(tests::SpecBuilder(), name);
  resource.created = tests::at_second(created_second);
  resource.resource_version = version;
  return resource;
}

OffsetReset closed(OffsetReset resource, const std::string& version) {
  set_outcome(resource.status, {core::Reason::OffsetsReset, "done"}, 1, tests::at_second(1));
  resource.resource_version = version;
  return resource;
}

OffsetReset planned(OffsetReset resource, const std::string& version) {
  resource.status.rows.push_back({"orders", 0, 90, 10, 0, 100, std::nullopt});
  resource.resource_version = version;
  return resource;
}

}  // namespace

TEST_CASE("a change of a resource is to be looked at, an older or equal one is not") {
  Store store(at_two_thousand);
  CHECK(store.apply(Applied{named("a", 1'000, "9")}) == Keys{{"payments", "a"}});
  CHECK(store.apply(Applied{named("a", 1'000, "10")}) == Keys{{"payments", "a"}});
  CHECK(store.apply(Applied{named("a", 1'000, "10")}).empty());
  CHECK(store.apply(Applied{named("a", 1'000, "9")}).empty());
  CHECK(store.find({"payments", "a"})->resource.resource_version == "10");
}

TEST_CASE("a worker never sees anything older than what it wrote") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "10")});
  store.wrote(planned(named("a"), "12"));
  CHECK(store.apply(Applied{named("a", 1'000, "11")}).empty());
  CHECK(store.find({"payments", "a"})->resource.status.rows.size() == 1);
  CHECK(store.find({"payments", "a"})->last_write == kNow);
}

TEST_CASE(
    "a write that the watch tells of before the worker does is known as a write all the same") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "10")});
  store.apply(Applied{planned(named("a"), "12")});
  store.wrote(planned(named("a"), "12"));
  CHECK(store.find({"payments", "a"})->last_write == kNow);
}

TEST_CASE("what we closed is gone at once, and a late event does not bring it back") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "10")});
  store.wrote(closed(named("a"), "12"));
  CHECK_FALSE(store.find({"payments", "a"}).has_value());
  CHECK(store.apply(Applied{planned(named("a"), "11")}).empty());
  CHECK_FALSE(store.find({"payments", "a"}).has_value());
  store.apply(Deleted{{"payments", "a"}, "uid-of-a"});

  OffsetReset again = named("a", 1'000, "20");
  again.uid = "another";
  CHECK(store.apply(Applied{again}).size() == 1);
}

TEST_CASE("a resource of the same name with another uid replaces what was there") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "10")});
  OffsetReset again = named("a", 2'000, "5");
  again.uid = "another";
  CHECK(store.apply(Applied{again}).size() == 1);
  CHECK(store.find({"payments", "a"})->resource.uid == "another");
  store.apply(Deleted{{"payments", "a"}, "uid-of-a"});
  CHECK(store.find({"payments", "a"}).has_value());
}

TEST_CASE(
    "what was written to a resource that is gone does not hide the one that has its name now") {
  OffsetReset other = named("a", 1'000, "110");
  other.uid = "another-uid";
  for (const bool is_closed : {false, true}) {
    Store store(at_two_thousand);
    store.apply(Applied{named("a")});
    store.apply(Deleted{{"payments", "a"}, "uid-of-a"});
    store.apply(Applied{other});
    store.wrote(is_closed ? closed(named("a"), "105") : planned(named("a"), "105"));
    REQUIRE(store.find({"payments", "a"}));
    CHECK(store.find({"payments", "a"})->resource == other);
  }
}

TEST_CASE("a relist forgets what is missing, in its namespace only") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a")});
  store.apply(Applied{named("b")});
  OffsetReset elsewhere = named("c");
  elsewhere.key.namespace_name = "shipping";
  store.apply(Applied{elsewhere});
  const Keys keys = store.apply(Relisted{"payments", {named("b", 1'000, "200"), named("d")}});
  CHECK_FALSE(store.find({"payments", "a"}).has_value());
  CHECK(store.find({"payments", "b"})->resource.resource_version == "200");
  CHECK(store.find({"shipping", "c"}).has_value());
  CHECK(std::count(keys.begin(), keys.end(), ObjectKey{"payments", "d"}) == 1);
  store.apply(Relisted{"", {}});
  CHECK_FALSE(store.find({"shipping", "c"}).has_value());
  CHECK_FALSE(store.find({"payments", "b"}).has_value());
}

TEST_CASE("a list of a server that was restored counts, though its versions are older") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "900")});
  store.apply(Applied{named("b", 1'000, "901")});
  store.wrote(closed(named("b"), "902"));
  OffsetReset elsewhere = named("c", 1'000, "903");
  elsewhere.key.namespace_name = "shipping";
  store.apply(Applied{elsewhere});
  const std::vector restored{named("a", 1'000, "50"), named("b", 1'000, "51")};
  CHECK(store.apply(Relisted{"payments", restored}).empty());
  CHECK(store.apply(Relisted{"payments", restored, true}).size() == 2);
  CHECK(store.find({"payments", "a"})->resource.resource_version == "50");
  CHECK(store.find({"payments", "b"})->resource.resource_version == "51");
  CHECK(store.find({"shipping", "c"})->resource.resource_version == "903");
  CHECK(store.apply(Applied{named("a", 1'000, "52")}).size() == 1);
  CHECK(store.apply(Applied{named("a", 1'000, "51")}).empty());
}

TEST_CASE("resets of one group run in order of creation, then of name") {
  Store store(at_two_thousand);
  const auto young = named("a", 2'000);
  const auto old = named("z", 1'000);
  const auto old_too = named("y", 1'000);
  for (const auto& resource : {young, old, old_too}) store.apply(Applied{resource});
  CHECK(store.begin_turn(young, kNow) == old_too.key);
  CHECK(store.begin_turn(old, kNow) == old_too.key);
  CHECK_FALSE(store.begin_turn(old_too, kNow).has_value());
  store.wrote(closed(old_too, "300"));
  CHECK(store.end_turn(old_too) == old.key);
  CHECK_FALSE(store.begin_turn(old, kNow).has_value());
}

TEST_CASE("while one is worked on, another of its group is not, whatever its age") {
  Store store(at_two_thousand);
  const auto young = named("b");
  store.apply(Applied{young});
  CHECK_FALSE(store.begin_turn(young, kNow).has_value());
  const auto old = named("a");
  store.apply(Applied{old});
  CHECK(store.begin_turn(old, kNow) == young.key);
  CHECK(store.end_turn(young) == old.key);
}

TEST_CASE("a saved plan comes before older resets that have none") {
  Store store(at_two_thousand);
  const auto young = planned(named("b", 2'000), "100");
  const auto old = named("a", 1'000);
  store.apply(Applied{young});
  store.apply(Applied{old});
  CHECK(store.begin_turn(old, kNow) == young.key);
  CHECK_FALSE(store.begin_turn(young, kNow).has_value());
}

TEST_CASE("a turn that ends with the same one first wakes nobody") {
  Store store(at_two_thousand);
  const auto only = named("a");
  store.apply(Applied{only});
  CHECK_FALSE(store.begin_turn(only, kNow).has_value());
  CHECK_FALSE(store.end_turn(only).has_value());
}

TEST_CASE("deleting the first one wakes the next") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a")});
  store.apply(Applied{named("b")});
  CHECK(store.apply(Deleted{{"payments", "a"}, "uid-of-a"}) == Keys{{"payments", "b"}});
}

TEST_CASE("other groups, other clusters and resources that can't run stand in nobody's way") {
  Store store(at_two_thousand);
  OffsetReset first = named("a");
  OffsetReset other_group = named("b");
  other_group.spec->group = "another";
  OffsetReset other_cluster = named("c");
  other_cluster.spec->bootstrap_servers = "elsewhere:9092";
  OffsetReset invalid = named("0");
  invalid.spec = core::fail(core::Reason::InvalidSpec, "no");
  for (const auto& resource : {invalid, first, other_group, other_cluster}) {
    store.apply(Applied{resource});
    CHECK_FALSE(store.begin_turn(resource, kNow).has_value());
  }
}

TEST_CASE("one that can't run now blocks nobody, and needs no turn") {
  OffsetReset suspended = named("a");
  suspended.spec->suspend = true;
  OffsetReset not_yet = named("b");
  not_yet.spec->not_before = kNow + std::chrono::seconds(1);
  OffsetReset dry_run = named("c");
  dry_run.spec->dry_run = true;
  const OffsetReset can_run = named("d");
  Store store(at_two_thousand);
  for (const auto& resource : {suspended, not_yet, dry_run, can_run}) {
    store.apply(Applied{resource});
  }
  for (const auto& resource : {suspended, not_yet, dry_run}) {
    CHECK_FALSE(store.begin_turn(resource, kNow).has_value());
  }
  CHECK_FALSE(store.begin_turn(can_run, kNow).has_value());
  CHECK_FALSE(store.end_turn(suspended).has_value());
  CHECK(store.begin_turn(not_yet, kNow + std::chrono::seconds(1)) == can_run.key);
  store.end_turn(can_run);
  // Its time has come: now it is first.
  CHECK(store.begin_turn(can_run, kNow + std::chrono::seconds(1)) == not_yet.key);
}

TEST_CASE("suspending the first one wakes the next, resuming it does not") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "100")});
  store.apply(Applied{named("b", 1'000, "101")});
  OffsetReset suspended = named("a", 1'000, "102");
  suspended.spec->suspend = true;
  CHECK(store.apply(Applied{suspended}) == Keys{{"payments", "a"}, {"payments", "b"}});
  CHECK(store.apply(Applied{named("a", 1'000, "103")}) == Keys{{"payments", "a"}});
}

TEST_CASE("one cluster is one cluster under all of its names, once it is known") {
  OffsetReset first = named("a");
  OffsetReset second = named("b");
  second.spec->bootstrap_servers = "kafka-1:9092, kafka-0:9092";
  Store store(at_two_thousand);
  store.apply(Applied{first});
  store.apply(Applied{second});
  CHECK_FALSE(store.begin_turn(second, kNow).has_value());
  store.end_turn(second);
  store.learn_cluster("kafka:9092", "cluster-1");
  store.learn_cluster("kafka-0:9092,kafka-1:9092", "cluster-1");
  CHECK(store.begin_turn(second, kNow) == first.key);
  CHECK_FALSE(store.begin_turn(first, kNow).has_value());
  // Learnt while it is worked on: the turn is still given back.
  store.learn_cluster("kafka:9092", "cluster-2");
  CHECK_FALSE(store.begin_turn(second, kNow).has_value());
  CHECK_FALSE(store.end_turn(first).has_value());
  CHECK_FALSE(store.begin_turn(first, kNow).has_value());
}

TEST_CASE("what a pass wants the next one to know is kept over writes, and ends with the reset") {
  Store store(at_two_thousand);
  store.apply(Applied{named("a", 1'000, "10")});
  const core::Settling settling{kNow, {{{"orders", 0}, 5}}};
  store.settling({"payments", "a"}, settling);
  store.wrote(named("a", 1'000, "11"));
  CHECK(store.find({"payments", "a"})->settling == settling);
  store.settling({"payments", "a"}, std::nullopt);
  CHECK_FALSE(store.find({"payments", "a"})->settling.has_value());
  OffsetReset again = named("a", 1'000, "20");
  store.settling({"payments", "a"}, settling);
  again.uid = "another";
  store.apply(Applied{again});
  CHECK_FALSE(store.find({"payments", "a"})->settling.has_value());
}
