#include "controller/fair_queue.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using controller::FairQueue;
using controller::Priority;
using core::ObjectKey;

namespace {

// The lanes are "a", "b", ...; a key's name says its lane: "a1".
class Queue {
 public:
  void push(const std::string& name, Priority priority = Priority::Fresh) {
    queue_.push({"ns", name}, name.substr(0, 1), priority, {});
  }
  std::string pop(bool is_last_idle_worker = false) {
    const auto taken = queue_.pop(is_last_idle_worker);
    return taken ? taken->key.name : "";
  }
  void done(const std::string& name) { queue_.done(name.substr(0, 1)); }
  // A single worker takes and does so many.
  std::vector<std::string> work(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      names.push_back(pop(true));
      if (!names.back().empty()) done(names.back());
    }
    return names;
  }
  std::size_t size() const { return queue_.size(); }

 private:
  FairQueue queue_;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("keys of one cluster come in order, each once however often it was added") {
  Queue queue;
  for (const char* name : {"a1", "a2", "a1", "a3", "a2"}) queue.push(name);
  CHECK(queue.size() == 3);
  CHECK(queue.work(4) == Names{"a1", "a2", "a3", ""});
  CHECK(queue.size() == 0);
}

TEST_CASE("what was there at the start comes after what is fresh, whenever it was added") {
  Queue queue;
  queue.push("a1", Priority::Background);
  queue.push("a2", Priority::Background);
  queue.push("a3");
  queue.push("a4");
  CHECK(queue.work(4) == Names{"a3", "a4", "a1", "a2"});
}

TEST_CASE("a key that becomes urgent is moved forward, and never back") {
  Queue queue;
  for (const char* name : {"a1", "a2", "a3"}) queue.push(name, Priority::Background);
  queue.push("a3");
  queue.push("a3", Priority::Background);
  queue.push("a2");
  CHECK(queue.size() == 3);
  CHECK(queue.work(4) == Names{"a3", "a2", "a1", ""});
}

TEST_CASE("one worker goes from cluster to cluster, however many keys each has") {
  Queue queue;
  for (const char* name : {"a1", "a2", "a3", "a4", "b1", "b2", "c1"}) queue.push(name);
  CHECK(queue.work(7) == Names{"a1", "b1", "c1", "a2", "b2", "a3", "a4"});
}

TEST_CASE("a cluster whose only key comes again and again does not push the others aside") {
  Queue queue;
  for (const char* name : {"a1", "a2", "b1", "c1", "c2"}) queue.push(name);
  Names names;
  for (int i = 0; i < 6; ++i) {
    names.push_back(queue.work(1).front());
    if (names.back() == "b1") queue.push("b1");
  }
  CHECK(names == Names{"a1", "b1", "c1", "a2", "b1", "c2"});
}

TEST_CASE("the next worker goes where the fewest are") {
  Queue queue;
  for (const char* name : {"a1", "a2", "a3", "b1", "b2"}) queue.push(name);
  CHECK(queue.pop() == "a1");
  CHECK(queue.pop() == "b1");
  CHECK(queue.pop() == "a2");
  queue.push("c1");
  CHECK(queue.pop() == "c1");
  CHECK(queue.pop() == "b2");
  queue.done("a1");
  queue.done("a2");
  queue.push("b3");
  CHECK(queue.pop() == "a3");
}

TEST_CASE("the last idle worker is kept for a cluster that none is at") {
  Queue queue;
  for (const char* name : {"a1", "a2"}) queue.push(name);
  CHECK(queue.pop() == "a1");
  CHECK(queue.pop(true).empty());
  queue.push("b1");
  CHECK(queue.pop(true) == "b1");
  queue.done("a1");
  CHECK(queue.pop(true) == "a2");
}
