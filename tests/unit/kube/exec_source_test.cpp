#include "kube/exec_source.h"

#include <doctest/doctest.h>

#include <atomic>
#include <semaphore>
#include <vector>

#include "support/eventually.h"

namespace {

using namespace std::chrono_literals;

// A plugin whose runs the test counts, and whose credentials live for `life` of a clock that the
// test moves.
struct Plugin {
  std::atomic<int> runs = 0;
  std::atomic<std::int64_t> now_ms = 1'000'000'000;
  std::chrono::milliseconds life = 0ms;  // 0: for ever
  std::atomic<bool> is_broken = false;

  core::TimePoint now() const { return core::TimePoint(std::chrono::milliseconds(now_ms.load())); }
  void pass(std::chrono::milliseconds time) { now_ms += time.count(); }

  core::Result<kube::ExecCredential> run() {
    const int number = ++runs;
    if (is_broken) return core::fail(core::Reason::KubernetesUnavailable, "it is broken");
    kube::ExecCredential credential{
        .token = "token " + std::to_string(number), .key_pair = {}, .expires = {}};
    if (life > 0ms) credential.expires = now() + life;
    return credential;
  }
  kube::ExecSource::Timing timing(std::chrono::milliseconds pause = 0ms) {
    return {.margin = 60s, .pause = pause, .now = [this] { return now(); }};
  }
};

kube::Patience patience(std::chrono::milliseconds duration = 10s) {
  return {std::chrono::steady_clock::now() + duration, {}};
}

std::string token_of(kube::ExecSource& source) {
  const auto credential = source.current(patience());
  return credential ? credential->token : credential.error().message;
}

struct World {
  Plugin plugin;
  kube::ExecSource source{[this](const std::stop_token&) { return plugin.run(); }, plugin.timing()};
};

TEST_CASE("a plugin is not run before its credential is needed, and then once") {
  World world;
  CHECK(world.plugin.runs == 0);
  CHECK(token_of(world.source) == "token 1");
  world.plugin.pass(24h);
  CHECK(token_of(world.source) == "token 1");
  CHECK(world.plugin.runs == 1);
}

TEST_CASE("shortly before its end a credential is replaced, and nobody waits for that") {
  World world;
  world.plugin.life = 10min;
  CHECK(token_of(world.source) == "token 1");
  world.plugin.pass(9min - 1ms);
  CHECK(token_of(world.source) == "token 1");
  CHECK(world.plugin.runs == 1);
  world.plugin.pass(1ms);
  CHECK(token_of(world.source) == "token 1");
  tests::eventually([&] { return token_of(world.source) == "token 2"; });
  CHECK(world.plugin.runs == 2);
}

TEST_CASE("one that lives for seconds is used for three quarters of its life") {
  World world;
  world.plugin.life = 8s;
  CHECK(token_of(world.source) == "token 1");
  world.plugin.pass(6s - 1ms);
  CHECK(token_of(world.source) == "token 1");
  CHECK(world.plugin.runs == 1);
}

TEST_CASE("when a credential is over, the next one is waited for") {
  World world;
  world.plugin.life = 10min;
  CHECK(token_of(world.source) == "token 1");
  world.plugin.pass(10min);
  CHECK(token_of(world.source) == "token 2");
}

TEST_CASE("while the plugin fails, a credential that is still good is used; after it the error") {
  World world;
  world.plugin.life = 10min;
  CHECK(token_of(world.source) == "token 1");
  world.plugin.is_broken = true;
  world.plugin.pass(9min + 30s);
  CHECK(token_of(world.source) == "token 1");
  tests::eventually([&] { return world.plugin.runs == 2; });
  CHECK(token_of(world.source) == "token 1");
  world.plugin.pass(30s);
  CHECK(token_of(world.source) == "it is broken");
  world.plugin.is_broken = false;
  CHECK(token_of(world.source).starts_with("token "));
}

TEST_CASE("a plugin that fails is not run for every request") {
  Plugin plugin;
  plugin.is_broken = true;
  kube::ExecSource source([&](const std::stop_token&) { return plugin.run(); }, plugin.timing(1h));
  for (int i = 0; i < 5; ++i) CHECK(token_of(source) == "it is broken");
  CHECK(plugin.runs == 1);
}

TEST_CASE("a credential that is over when it comes is used, for a moment") {
  Plugin plugin;
  plugin.life = 1ms;
  kube::ExecSource source(
      [&](const std::stop_token&) {
        auto credential = plugin.run();
        plugin.pass(1s);
        return credential;
      },
      plugin.timing(1h));
  CHECK(token_of(source) == "token 1");
  CHECK(token_of(source) == "token 1");
}

TEST_CASE("a credential that was refused is replaced, once for all that used it") {
  World world;
  CHECK(token_of(world.source) == "token 1");
  world.source.renew("token 1", {}, patience());
  CHECK(token_of(world.source) == "token 2");
  world.source.renew("token 1", {}, patience());
  CHECK(token_of(world.source) == "token 2");
  CHECK(world.plugin.runs == 2);
}

TEST_CASE("many that need a credential at once wait for one run") {
  Plugin plugin;
  std::binary_semaphore go(0);
  kube::ExecSource source(
      [&](const std::stop_token&) {
        go.acquire();
        return plugin.run();
      },
      plugin.timing());
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads(8);
    for (std::jthread& thread : threads) {
      thread = std::jthread([&] { good += token_of(source) == "token 1" ? 1 : 0; });
    }
    go.release();
  }
  CHECK(good == 8);
  CHECK(plugin.runs == 1);
}

TEST_CASE("who waits for a plugin goes away at its deadline or when it is told to stop") {
  std::atomic<bool> was_stopped = false;
  {
    kube::ExecSource source([&](const std::stop_token& stop) -> core::Result<kube::ExecCredential> {
      while (!stop.stop_requested()) std::this_thread::yield();
      was_stopped = true;
      return core::fail(core::Reason::KubernetesUnavailable, "stopped");
    });
    const auto late = source.current(patience(1ms));
    REQUIRE_FALSE(late);
    CHECK(late.error().message == "the exec plugin has not ended yet");
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(source.current({std::chrono::steady_clock::now() + 1h, stop.get_token()}));
  }
  CHECK_MESSAGE(was_stopped, "the end of the source is the end of the plugin");
}

}  // namespace
