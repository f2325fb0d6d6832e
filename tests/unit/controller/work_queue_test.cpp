#include "controller/work_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

using controller::WorkQueue;
using core::ObjectKey;
using namespace std::chrono_literals;

namespace {

const ObjectKey kA{"ns", "a"};
const ObjectKey kB{"ns", "b"};

// All keys have one lane, and so a worker alone takes them in order.
std::string one_lane(const ObjectKey&) { return "lane"; }

}  // namespace

TEST_CASE("keys come in order, each once however often it was added") {
  WorkQueue queue(one_lane);
  queue.add(kA);
  queue.add(kB);
  queue.add(kA);
  CHECK(queue.load().depth == 2);
  CHECK(queue.take({})->key() == kA);
  CHECK(queue.take({})->key() == kB);
  CHECK(queue.load().depth == 0);
}

TEST_CASE("a key whose time has come is behind those that were just added") {
  WorkQueue queue(one_lane);
  queue.add_after(kA, 0s);
  queue.add(kB);
  CHECK(queue.take({})->key() == kB);
  CHECK(queue.take({})->key() == kA);
}

TEST_CASE("every time that a key becomes due is told") {
  int added = 0;
  WorkQueue queue(one_lane, [&] { ++added; });
  queue.add(kA);
  queue.add_after(kB, 0s);
  CHECK(added == 1);
  queue.take({});
  CHECK(added == 2);
}

TEST_CASE("what workers have is told, and for how long they have had it") {
  WorkQueue queue(one_lane);
  CHECK(queue.load().longest == 0s);
  queue.add(kA);
  const auto lease = queue.take({});
  while (queue.load().longest == 0s) std::this_thread::yield();
  const auto load = queue.load();
  CHECK(load.unfinished == load.longest);
  CHECK(load.depth == 0);
}

TEST_CASE("a key that is added while a worker has it comes back when the worker is done") {
  WorkQueue queue(one_lane);
  queue.add(kA);
  {
    const auto lease = queue.take({});
    queue.add(kA);
    queue.add(kA);
    CHECK(queue.load().depth == 0);
  }
  CHECK(queue.load().depth == 1);
  CHECK(queue.take({})->key() == kA);
}

TEST_CASE("a delayed key comes when it is due, at the earliest of its times") {
  WorkQueue queue(one_lane);
  queue.add_after(kA, 1h);
  queue.add_after(kB, 20ms);
  queue.add_after(kA, 1ms);
  queue.add_after(kA, 2h);
  CHECK(queue.take({})->key() == kA);
  CHECK(queue.take({})->key() == kB);
}

TEST_CASE("a worker that waits is woken by a stop and by a nearer key") {
  WorkQueue queue(one_lane);
  queue.add_after(kB, 1h);
  std::stop_source stop;
  std::atomic<int> taken = 0;
  std::jthread worker([&] {
    while (queue.take(stop.get_token())) ++taken;
  });
  queue.add(kA);
  while (taken == 0) std::this_thread::yield();
  stop.request_stop();
  worker.join();
  CHECK(taken == 1);
}

TEST_CASE("a key whose time comes while another worker is busy does not wait for that one") {
  for (int round = 0; round < 50; ++round) {
    WorkQueue queue([](const ObjectKey& key) { return key.name; });
    queue.add_after({"ns", "much later"}, 1h);
    std::atomic<bool> has_b = false;
    std::stop_source stop;
    const auto work = [&] {
      while (const auto lease = queue.take(stop.get_token())) {
        if (lease->key() == kB) has_b = true;
        // The one that has A holds it until the other one has B.
        while (lease->key() == kA && !has_b) std::this_thread::yield();
      }
    };
    std::jthread one(work);
    std::jthread other(work);
    queue.add_after(kB, 1ms);
    queue.add(kA);
    while (!has_b) std::this_thread::yield();
    stop.request_stop();
  }
}

TEST_CASE("with many workers no key is ever with two of them, and none is lost") {
  WorkQueue queue([](const ObjectKey& key) { return key.name.substr(0, 1); });
  std::mutex mutex;
  std::map<ObjectKey, int> holders;
  std::atomic<int> handled = 0;
  std::atomic<bool> was_shared = false;
  std::stop_source stop;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto lease = queue.take(stop.get_token())) {
        {
          const std::lock_guard lock(mutex);
          if (++holders[lease->key()] > 1) was_shared = true;
        }
        ++handled;
        const std::lock_guard lock(mutex);
        --holders[lease->key()];
      }
    });
  }
  constexpr int kKeys = 200;
  for (int i = 0; i < 20 * kKeys; ++i) queue.add({"ns", std::to_string(i % kKeys)});
  while (queue.load().depth > 0 || handled < kKeys) std::this_thread::yield();
  stop.request_stop();
  workers.clear();
  CHECK_FALSE(was_shared);
  CHECK(handled >= kKeys);
}
