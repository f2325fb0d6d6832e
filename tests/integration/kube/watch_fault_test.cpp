#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/kube/heard.h"
#include "support/kube/mirror.h"
#include "support/kube/watched_server.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using What = WatchFault::What;

// Lines of the stream below: two resources and the bookmark of the list, six events of the watch.
constexpr std::size_t kLines = 9;

struct Named {
  What what;
  const char* name;
};
constexpr Named kFaults[] = {
    {What::HalfLine, "half a line"}, {What::Garbage, "garbage"},
    {What::Silence, "silence"},      {What::Duplicate, "duplicates"},
    {What::Drop, "a dropped line"},  {What::SlowBytes, "slow bytes"},
    {What::Expired, "410 as ERROR"}, {What::Cut, "cut"},
    {What::End, "closed early"},
};

bool soon(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

// What became of a fault: an empty text is a listener that knows what the server has, and after
// that learns what changes.
std::string outcome_of(const WatchFault& fault) {
  WatchedServer world;
  for (const char* name : {"a", "b", "closed"}) world.create(name);
  world.close("closed");
  world.server.inject_into_watches(fault);
  Mirror mirror;
  world.start(mirror.sink(), kShortWatches);
  if (!soon([&] { return world.has_synced() && mirror.state() == world.open(); })) {
    return "first list";
  }
  world.create("c");
  world.touch("a");
  world.touch("b");
  world.close("c");
  world.remove("a");
  world.create("d");
  if (!soon([&] { return mirror.state() == world.open(); })) return "changes";
  world.server.heal();
  world.create("e");
  if (!soon([&] { return mirror.state() == world.open(); })) return "afterwards";
  return "";
}

TEST_CASE("whatever goes wrong with a watch, and when, what is known is in the end what is there") {
  for (const auto& [what, name] : kFaults) {
    std::vector<std::future<std::string>> outcomes;
    for (std::size_t line = 0; line < kLines; ++line) {
      outcomes.push_back(
          std::async(std::launch::async, outcome_of, WatchFault{.what = what, .after = line}));
    }
    outcomes.push_back(
        std::async(std::launch::async, outcome_of, WatchFault{.what = what, .at_beginning = true}));
    std::string row;
    for (auto& outcome : outcomes) {
      const std::string broken = outcome.get();
      CHECK_MESSAGE(broken == "", name << " at line " << row.size() / 3);
      row += broken.empty() ? " ok" : " NO";
    }
    fmt::print("F6 {:15} at each line and the beginning:{}\n", name, row);
  }
}

TEST_CASE("what is sent twice is told once") {
  WatchedServer world;
  world.server.inject_into_watches({.what = What::Duplicate, .times = 3, .after = 1});
  Mirror mirror;
  world.start(mirror.sink());
  eventually([&] { return world.has_synced(); });
  world.create("a");
  world.touch("a");
  world.remove("a");
  world.create("b");
  eventually([&] { return mirror.state() == world.open(); });
  CHECK(mirror.told() == std::vector<std::string>{"a@1001", "a@1002", "-a", "b@1004"});
}

TEST_CASE("a watch that ends at once, again and again, is asked for with growing pauses") {
  WatchedServer world;
  Mirror mirror;
  world.server.inject_into_watches({.what = What::End, .times = 1'000'000, .at_beginning = true});
  auto timing = kQuick;
  timing.longest_pause = 400ms;
  world.start(mirror.sink(), timing);
  eventually([&] { return world.server.count_requests("GET", "watch=true") >= 6; });
  const auto before = world.server.count_requests("GET", "watch=true");
  const auto begun = std::chrono::steady_clock::now();
  eventually([&] { return world.server.count_requests("GET", "watch=true") >= before + 3; });
  CHECK(std::chrono::steady_clock::now() - begun > 200ms);
  world.server.heal();
  world.create("a");
  eventually([&] { return mirror.state() == world.open(); });
}

TEST_CASE("an object of three MiB, cut anywhere within its characters, is told as it is") {
  WatchedServer world;
  Heard heard;
  world.start(heard.sink());
  REQUIRE(heard.wait_for(1).size() == 1);
  auto object = reset_object("big");
  std::string text;
  while (text.size() < 3 * 1024 * 1024 - 2048) text += "größe日本語𝄞";
  object["status"] = {{"observedGeneration", 1}, {"destination", text}};
  REQUIRE(world.server.store().create(object));
  const auto changes = heard.wait_for(2);
  REQUIRE(changes.size() == 2);
  CHECK(std::get<core::Applied>(changes[1]).resource.status.destination == text);
}

// Behind a load balancer, or a host that is gone, a connection may be open for one side only. The
// kernel notices: 30 s without an acknowledgement (TCP_USER_TIMEOUT), of a keep-alive probe too.
TEST_CASE("a half-open connection ends within a minute, long before the watch would") {
  WatchedServer world;
  world.create("a");
  world.server.inject_into_watches({.what = What::Swallow, .after = 2});
  Mirror mirror;
  auto timing = kQuick;
  timing.shortest_watch = 300s;
  timing.longest_watch = 600s;
  world.start(mirror.sink(), timing);
  eventually([&] { return mirror.state() == world.open(); });
  const auto begun = std::chrono::steady_clock::now();
  world.create("b");
  while (mirror.state() != world.open()) {
    REQUIRE(std::chrono::steady_clock::now() - begun < 60s);
    std::this_thread::sleep_for(10ms);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print("F6 half-open connection: noticed after {:.0f} s\n", took.count());
  CHECK(took > 5s);  // the fault was one
}

}  // namespace
}  // namespace tests
