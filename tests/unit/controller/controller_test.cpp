#include "controller/controller.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "core/conditions.h"
#include "support/builders.h"
#include "support/eventually.h"
#include "support/worlds.h"

using controller::Controller;
using controller::Reconciler;
using core::Applied;
using core::OffsetReset;
using core::Reason;
using core::Relisted;
using tests::eventually;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

core::TimePoint now() { return tests::at_second(2'000); }

// A reset of the group of the same name, on the cluster "kafka" unless told otherwise.
OffsetReset reset(const std::string& name, const std::string& cluster = "kafka") {
  core::Spec spec = tests::SpecBuilder().group(name);
  spec.bootstrap_servers = cluster + ":9092";
  return tests::resource(spec, name);
}

// A controller that is not started yet, in a world of its resets.
struct Office {
  tests::Worlds worlds;
  base::Metrics metrics;
  Controller controller;

  explicit Office(std::size_t workers)
      : controller(Reconciler(worlds, worlds, now), worlds, metrics, now, workers, {2ms, 8ms}) {
    base::set_log_level(base::Level::Error);
  }

  void list(const std::vector<OffsetReset>& resources) {
    for (const auto& resource : resources) worlds.add(resource);
    controller.on_change(Relisted{"", resources});
  }
  void apply(const OffsetReset& resource) {
    worlds.add(resource);
    controller.on_change(Applied{resource});
  }
  void wait_closed(const Names& names) {
    for (const auto& name : names) eventually([&] { return worlds.is_closed(name); });
  }
  bool shows(const std::string& series) const {
    return metrics.text().find(series + "\n") != std::string::npos;
  }
};

// Where threads wait until it is open; not for ever, so that a test that fails ends.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait_for(lock, 20s, [this] { return is_open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int waiting_ = 0;
};

Reason reason(const OffsetReset& resource) {
  return reason_of(resource.status).value_or(Reason::Planned);
}

std::string message(const OffsetReset& resource) {
  return resource.status.conditions.empty() ? "" : resource.status.conditions.front().message;
}

}  // namespace

// ---- who is next

TEST_CASE("what is applied now does not wait behind what was there at the start") {
  Office office(1);
  office.list({reset("old-1"), reset("old-2"), reset("old-3")});
  office.apply(reset("new-1"));
  office.apply(reset("new-2"));
  office.controller.start();
  office.wait_closed({"old-1", "old-2", "old-3", "new-1", "new-2"});
  CHECK(office.worlds.groups_read() == Names{"new-1", "new-2", "old-1", "old-2", "old-3"});
}

TEST_CASE("a reset that was interrupted is finished before those that have not begun") {
  Office office(1);
  OffsetReset interrupted = reset("interrupted");
  interrupted.status.rows = {{"orders", 0, 90, 10, 0, 100, {}}};
  interrupted.status.summary = core::impact(interrupted.status.rows);
  office.list({reset("a"), interrupted, reset("z")});
  office.controller.start();
  office.wait_closed({"a", "interrupted", "z"});
  CHECK(office.worlds.groups_read() == Names{"interrupted", "a", "z"});
}

TEST_CASE("what a later list brings is fresh") {
  Office office(1);
  office.list({reset("old")});
  office.list({reset("missed by the watch")});
  office.controller.start();
  office.wait_closed({"missed by the watch"});
  CHECK(office.worlds.groups_read().front() == "missed by the watch");
}

TEST_CASE("a single worker serves each Kafka cluster in turn") {
  Office office(1);
  office.list({reset("a1", "east"), reset("a2", "east"), reset("a3", "east"), reset("b1", "west"),
               reset("b2", "west")});
  office.controller.start();
  office.wait_closed({"a1", "a2", "a3", "b1", "b2"});
  CHECK(office.worlds.groups_read() == Names{"a1", "b1", "a2", "b2", "a3"});
}

TEST_CASE("a cluster that does not answer holds up no other one") {
  Office office(3);
  Gate gate;
  office.worlds.before_read = [&](const core::ReadRequest& request) {
    if (request.connection.bootstrap_servers == "stuck:9092") gate.pass();
  };
  Names stuck;
  for (int i = 0; i < 20; ++i) {
    stuck.push_back("stuck-" + std::to_string(i));
    office.apply(reset(stuck.back(), "stuck"));
  }
  office.controller.start();
  eventually([&] { return gate.waiting() == 2; });
  for (const std::string name : {"a", "b", "c"}) office.apply(reset(name));
  office.wait_closed({"a", "b", "c"});
  CHECK(gate.waiting() == 2);
  gate.open();
  office.wait_closed(stuck);
}

// ---- exceptions

TEST_CASE("a reset that throws is tried again, and ends as InternalError after five times") {
  Office office(2);
  office.worlds.before_read = [](const core::ReadRequest& request) {
    if (request.group == "poison") throw std::runtime_error("vector::_M_range_check");
  };
  office.list({reset("poison")});
  office.controller.start();
  const std::string panics =
      R"(controller_runtime_reconcile_panics_total{controller="offsetreset"} )";
  for (const std::string times : {"1", "2", "3", "4"}) {
    eventually([&] { return office.shows(panics + times); });
    CHECK_FALSE(office.worlds.is_closed("poison"));
    // Not after its pause, which would take seconds.
    office.controller.enqueue({"payments", "poison"});
  }
  office.wait_closed({"poison"});
  const OffsetReset ended = office.worlds.resource("poison");
  CHECK(reason(ended) == Reason::InternalError);
  CHECK(message(ended).find("5 times in a row") != std::string::npos);
  CHECK(message(ended).find("vector::_M_range_check") != std::string::npos);
  CHECK(office.worlds.effective_commits("poison") == 0);
  office.apply(reset("healthy"));
  office.wait_closed({"healthy"});
  CHECK(office.shows(panics + "5"));
  CHECK(office.shows(R"(offset_reset_total{reason="InternalError"} 1)"));
  CHECK(office.shows(R"(controller_runtime_reconcile_errors_total{controller="offsetreset"} 4)"));
}

TEST_CASE("an exception now and then, with passes that come to an end between, ends nothing") {
  Office office(1);
  std::atomic<int> reads = 0;
  office.worlds.before_read = [&](const core::ReadRequest&) {
    // A group that has to settle is read once a pass.
    if (++reads % 3 != 0) throw 7;
  };
  OffsetReset waiting = reset("flaky");
  waiting.spec->guards.settle = 1h;
  office.worlds.add(waiting);
  office.controller.on_change(Applied{waiting});
  office.controller.start();
  for (int pass = 1; pass <= 12; ++pass) {
    eventually([&] { return reads >= pass; });
    office.controller.enqueue({"payments", "flaky"});
  }
  CHECK(reason(office.worlds.resource("flaky")) == Reason::Settling);
}

TEST_CASE("the next reset of the group follows one that was ended for its exceptions") {
  Office office(1);
  OffsetReset first = reset("first");
  OffsetReset second = reset("second");
  first.spec->group = second.spec->group = "shared";
  second.created = first.created + 1s;
  std::atomic<int> reads = 0;
  office.worlds.before_read = [&](const core::ReadRequest&) {
    if (++reads <= 5) throw std::bad_alloc();
  };
  office.worlds.add(first);
  office.worlds.add(second);
  office.controller.on_change(Relisted{"", {first, second}});
  office.controller.start();
  for (int pass = 1; pass < 5; ++pass) {
    eventually([&] { return reads >= pass; });
    office.controller.enqueue(first.key);
  }
  office.wait_closed({"first", "second"});
  CHECK(reason(office.worlds.resource("first")) == Reason::InternalError);
  CHECK(reason(office.worlds.resource("second")) == Reason::OffsetsReset);
}

// ---- the end

TEST_CASE("it stops when the passes under way are over, and begins no other") {
  Office office(2);
  Gate gate;
  office.worlds.before_read = [&](const core::ReadRequest&) { gate.pass(); };
  office.list({reset("a1", "a"), reset("b1", "b"), reset("a2", "a"), reset("b2", "b")});
  office.controller.start();
  eventually([&] { return gate.waiting() == 2; });
  CHECK_FALSE(office.controller.stop(1ms));
  gate.open();
  CHECK(office.controller.stop(20s));
  CHECK(reason(office.worlds.resource("a1")) == Reason::OffsetsReset);
  CHECK(reason(office.worlds.resource("b1")) == Reason::OffsetsReset);
  CHECK(office.worlds.groups_read().size() == 2);
}

TEST_CASE("one that was never started stops at once") {
  Office office(2);
  CHECK(office.controller.stop(0ms));
}

// ---- what is told

TEST_CASE("every series is there before anything has happened") {
  const Office office(8);
  for (
      const std::string series :
      {R"(controller_runtime_reconcile_total{controller="offsetreset",result="success"} 0)",
       R"(controller_runtime_reconcile_total{controller="offsetreset",result="error"} 0)",
       R"(controller_runtime_reconcile_total{controller="offsetreset",result="requeue"} 0)",
       R"(controller_runtime_reconcile_total{controller="offsetreset",result="requeue_after"} 0)",
       R"(controller_runtime_reconcile_errors_total{controller="offsetreset"} 0)",
       R"(controller_runtime_reconcile_panics_total{controller="offsetreset"} 0)",
       R"(controller_runtime_reconcile_time_seconds_count{controller="offsetreset"} 0)",
       R"(controller_runtime_active_workers{controller="offsetreset"} 0)",
       R"(controller_runtime_max_concurrent_reconciles{controller="offsetreset"} 8)",
       R"(workqueue_depth{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_adds_total{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_retries_total{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_queue_duration_seconds_count{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_work_duration_seconds_count{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_unfinished_work_seconds{controller="offsetreset",name="offsetreset"} 0)",
       R"(workqueue_longest_running_processor_seconds{controller="offsetreset",name="offsetreset"} 0)",
       R"(offset_reset_waiting 0)", R"(offset_reset_records_total{direction="replay"} 0)",
       R"(offset_reset_records_total{direction="skip"} 0)"}) {
    CAPTURE(series);
    CHECK(office.shows(series));
  }
  for (unsigned value = 0; value <= static_cast<unsigned>(core::kLastReason); ++value) {
    const std::string name(to_string(static_cast<Reason>(value)));
    CAPTURE(name);
    CHECK(office.shows("offset_reset_total{reason=\"" + name + "\"} 0"));
  }
}

TEST_CASE("a reset that waits reads nothing by itself, and follows when its group is empty") {
  Office office(1);
  office.worlds.add(reset("waits"));
  office.worlds.join("waits", "app-1");
  office.controller.on_change(Applied{reset("waits")});
  office.controller.start();
  eventually(
      [&] { return reason_of(office.worlds.resource("waits").status) == Reason::GroupActive; });
  const int looks = office.worlds.looks();
  eventually([&] { return office.worlds.looks() >= looks + 5; });
  CHECK(office.worlds.reads("waits") == 1);
  office.worlds.leave("waits");
  office.wait_closed({"waits"});
  CHECK(office.worlds.effective_commits("waits") == 1);
}

TEST_CASE("that its group was active is not said again once Kafka is away") {
  Gate first_look;
  Gate later_looks;
  std::atomic<int> reads = 0;
  Office office(1);
  office.worlds.after_look = [&] {
    const int look = office.worlds.looks();
    if (look == 1) first_look.pass();
    if (look > 1) later_looks.pass();
  };
  office.worlds.before_read = [&](const core::ReadRequest&) {
    if (++reads != 2) return;
    first_look.open();
    eventually([&] { return later_looks.waiting() == 1; });  // the first one is taken note of
    office.worlds.lose_kafka("waits");
  };
  office.apply(reset("waits"));
  office.worlds.join("waits", "app-1");
  office.controller.start();
  eventually([&] { return first_look.waiting() == 1; });
  office.controller.on_change(Relisted{"", {office.worlds.resource("waits")}, true});
  eventually([&] { return reads >= 3 || office.worlds.events("waits").size() >= 3; });
  later_looks.open();
  const int looks = office.worlds.looks();
  eventually([&] { return office.worlds.looks() >= looks + 5; });
  CHECK(office.worlds.events("waits") == Names{"GroupActive", "KafkaUnavailable"});
}

TEST_CASE("the group of a reset that is gone is not looked at any more") {
  Office office(1);
  office.worlds.add(reset("waits"));
  office.worlds.join("waits", "app-1");
  office.controller.on_change(Applied{reset("waits")});
  office.controller.start();
  eventually([&] { return office.worlds.looks() >= 2; });
  office.controller.on_change(core::Deleted{{"payments", "waits"}, reset("waits").uid});
  office.worlds.add(reset("also"));
  office.worlds.join("also", "app-1");
  office.controller.on_change(Applied{reset("also")});
  const int looks = office.worlds.looks();
  eventually([&] { return office.worlds.looks() >= looks + 3; });
  CHECK(office.worlds.last_looked_at() == std::vector<std::string>{"also"});
}

TEST_CASE("resets that wait, and work that hangs, can be seen") {
  Office office(2);
  Gate gate;
  office.worlds.before_read = [&](const core::ReadRequest& request) {
    if (request.group == "hangs") gate.pass();
  };
  office.worlds.add(reset("waits", "east"));
  office.worlds.join("waits", "app-1");
  office.controller.on_change(Applied{reset("waits", "east")});
  office.apply(reset("hangs", "west"));
  office.apply(reset("due", "west"));
  office.controller.start();
  eventually([&] {
    office.controller.refresh_gauges();
    // The group watch's first look at a group is a piece of work of its own.
    return gate.waiting() == 1 && office.shows("offset_reset_waiting 1") &&
           office.shows(R"(workqueue_depth{controller="offsetreset",name="offsetreset"} 1)");
  });
  CHECK(office.controller.longest_pass() > 0s);
  CHECK_FALSE(office.shows(
      R"(workqueue_unfinished_work_seconds{controller="offsetreset",name="offsetreset"} 0)"));
  gate.open();
  office.wait_closed({"hangs", "due"});
}
