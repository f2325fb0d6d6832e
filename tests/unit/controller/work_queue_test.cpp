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

}  // namespace

TEST_CASE("keys come in order, each once however often it was added") {
  WorkQueue queue;
  queue.add(kA);
  queue.add(kB);
  queue.add(kA);
  CHECK(queue.depth() == 2);
  CHECK(queue.take({})->key() == kA);
  CHECK(queue.take({})->key() == kB);
  CHECK(queue.depth() == 0);
}

TEST_CASE("a key that is added while a worker has it comes back when the worker is done") {
  WorkQueue queue;
  queue.add(kA);
  {
    const auto lease = queue.take({});
    queue.add(kA);
    queue.add(kA);
    CHECK(queue.depth() == 0);
  }
  CHECK(queue.depth() == 1);
  CHECK(queue.take({})->key() == kA);
}

TEST_CASE("a delayed key comes when it is due, at the earliest of its times") {
  WorkQueue queue;
  queue.add_after(kA, 1h);
  queue.add_after(kB, 20ms);
  queue.add_after(kA, 1ms);
  queue.add_after(kA, 2h);
  CHECK(queue.take({})->key() == kA);
  CHECK(queue.take({})->key() == kB);
}

TEST_CASE("a worker that waits is woken by a stop and by a nearer key") {
  WorkQueue queue;
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

TEST_CASE("with many workers no key is ever with two of them, and none is lost") {
  WorkQueue queue;
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
  while (queue.depth() > 0 || handled < kKeys) std::this_thread::yield();
  stop.request_stop();
  workers.clear();
  CHECK_FALSE(was_shared);
  CHECK(handled >= kKeys);
}
