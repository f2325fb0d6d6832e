#include "controller/group_watch.h"

#include <doctest/doctest.h>

#include <functional>
#include <mutex>

#include "support/eventually.h"
#include "support/reach.h"

namespace {

using controller::GroupWatch;
using core::GroupSnapshot;
using core::ObjectKey;
using core::Reason;
using std::chrono::milliseconds;
using tests::reach;

const ObjectKey kFirst{"payments", "first"};
const ObjectKey kSecond{"payments", "second"};

GroupSnapshot with(const std::vector<std::string>& clients) {
  GroupSnapshot group;
  group.state = clients.empty() ? core::GroupState::Empty : core::GroupState::Stable;
  for (const auto& client : clients) group.members.push_back({client, "host", 1});
  return group;
}

// Groups by cluster, which a test changes, and who asked for them.
class Groups : public core::Kafka {
 public:
  core::GroupSnapshots describe(const core::Connection& connection,
                                const std::vector<std::string>& groups) override {
    core::GroupSnapshots found;
    {
      const std::lock_guard lock(mutex_);
      ++asked_[connection.bootstrap_servers];
      last_asked_for_ = groups;
      changed_.notify_all();
      for (const auto& group : groups) {
        found.emplace(group, groups_.at(connection.bootstrap_servers).at(group));
      }
    }
    if (before_answer) before_answer();
    return found;
  }
  core::Result<core::Snapshot> read(const core::ReadRequest&) override { return unused(); }
  core::Result<void> commit(const core::CommitRequest&) override { return unused(); }
  core::Result<bool> was_committed(const core::HistoryRequest&) override { return unused(); }
  core::Result<core::ClusterDescription> describe_cluster(const core::Connection&) override {
    return unused();
  }

  // Called by the thread that asks; set before it does.
  std::function<void()> before_answer;

  void set(const std::string& servers, const std::string& group, GroupWatch::Seen seen) {
    const std::lock_guard lock(mutex_);
    groups_[servers].insert_or_assign(group, std::move(seen));
  }
  // Waits until it was asked that often from now on; what was asked for last.
  std::vector<std::string> after_looks(const std::string& servers, int times) {
    std::unique_lock lock(mutex_);
    const int wanted = asked_[servers] + times;
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(10),
                              [&] { return asked_[servers] >= wanted; }));
    return last_asked_for_;
  }

 private:
  static tl::unexpected<core::Error> unused() {
    return core::fail(Reason::InternalError, "not asked for here");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::map<std::string, GroupWatch::Seen>> groups_;
  std::map<std::string, int> asked_;
  std::vector<std::string> last_asked_for_;
};

struct Fixture {
  Groups kafka;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ObjectKey> news;
  GroupWatch watch{kafka,
                   [this](const ObjectKey& key) {
                     const std::lock_guard lock(mutex);
                     news.push_back(key);
                     changed.notify_all();
                   },
                   {milliseconds(2), milliseconds(8), milliseconds(20)}};

  // Waits for so many of them in all.
  std::vector<ObjectKey> wait_news(std::size_t count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return news.size() >= count; }));
    return news;
  }
  std::size_t news_so_far() {
    const std::lock_guard lock(mutex);
    return news.size();
  }
};

TEST_CASE_FIXTURE(Fixture, "that a group is empty now is news") {
  kafka.set("a:1", "orders", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  CHECK(wait_news(1) == std::vector{kFirst});
  CHECK((*watch.last_seen(kFirst, "orders"))->is_active());

  kafka.set("a:1", "orders", with({}));
  wait_news(2);
  CHECK_FALSE((*watch.last_seen(kFirst, "orders"))->is_active());
}

TEST_CASE_FIXTURE(Fixture, "while nothing changes there is no news, however often it looks") {
  kafka.set("a:1", "orders", with({"app-1", "app-2"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  kafka.set("a:1", "orders", with({"app-2", "app-1"}));
  watch.watch(kFirst, reach("a:1"), "orders");  // as after the pass that the news led to
  kafka.after_looks("a:1", 5);
  CHECK(news_so_far() == 1);

  kafka.set("a:1", "orders", with({"app-1"}));
  wait_news(2);
}

TEST_CASE_FIXTURE(Fixture, "all groups of a cluster are asked for at once, each of them once") {
  for (const char* group : {"orders", "audit"}) kafka.set("a:1", group, with({"app"}));
  kafka.set("b:1", "orders", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  watch.watch(kSecond, reach("a:1"), "orders");
  watch.watch({"payments", "third"}, reach("a:1"), "audit");
  wait_news(3);
  CHECK(kafka.after_looks("a:1", 2) == std::vector<std::string>{"audit", "orders"});
  watch.watch({"payments", "fourth"}, reach("b:1"), "orders");
  wait_news(4);
}

TEST_CASE_FIXTURE(Fixture, "why a cluster can't be asked is news once, and that it is back too") {
  const auto away = [](const char* why) { return core::fail(Reason::KafkaUnavailable, why); };
  kafka.set("a:1", "orders", away("connection refused"));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  CHECK(watch.last_seen(kFirst, "orders")->error().message == "connection refused");
  kafka.after_looks("a:1", 5);
  CHECK(news_so_far() == 1);
  kafka.set("a:1", "orders", with({"app"}));
  wait_news(2);
}

TEST_CASE_FIXTURE(Fixture, "a group that was seen empty and found active again is told anew") {
  kafka.set("a:1", "orders", with({}));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  watch.watch(kFirst, reach("a:1"), "orders");
  CHECK_FALSE(watch.last_seen(kFirst, "orders").has_value());
  wait_news(2);
}

TEST_CASE_FIXTURE(Fixture, "what was seen before Kafka was away is not believed") {
  kafka.set("a:1", "orders", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  watch.doubt(kFirst);
  wait_news(2);  // of the same: what was seen first is forgotten
  CHECK((*watch.last_seen(kFirst, "orders"))->is_active());
}

TEST_CASE_FIXTURE(Fixture, "a look that was under way when Kafka was away is not believed") {
  kafka.before_answer = [this, looks = 0]() mutable {
    if (++looks != 1) return;
    watch.doubt(kFirst);
    kafka.set("a:1", "orders", core::fail(Reason::KafkaUnavailable, "connection refused"));
  };
  kafka.set("a:1", "orders", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  CHECK_FALSE(watch.last_seen(kFirst, "orders")->has_value());
}

TEST_CASE_FIXTURE(Fixture, "that Kafka is away, as the watch has seen itself, stays believed") {
  kafka.set("a:1", "orders", core::fail(Reason::KafkaUnavailable, "connection refused"));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  watch.doubt(kFirst);
  CHECK(watch.last_seen(kFirst, "orders").has_value());
  kafka.after_looks("a:1", 3);
  CHECK(news_so_far() == 1);
}

TEST_CASE_FIXTURE(Fixture, "what is forgotten is not asked for any more") {
  kafka.set("a:1", "orders", with({"app"}));
  kafka.set("a:1", "audit", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  watch.watch(kSecond, reach("a:1"), "audit");
  wait_news(2);
  watch.forget(kFirst);
  CHECK_FALSE(watch.last_seen(kFirst, "orders").has_value());
  CHECK(kafka.after_looks("a:1", 2) == std::vector<std::string>{"audit"});
}

TEST_CASE_FIXTURE(Fixture, "a cluster for whose groups nobody waits any more has no thread") {
  kafka.set("a:1", "orders", with({"app"}));
  watch.watch(kFirst, reach("a:1"), "orders");
  wait_news(1);
  CHECK(watch.threads() == 1);
  watch.forget(kFirst);
  tests::eventually([&] { return watch.threads() == 0; });

  watch.watch(kSecond, reach("a:1"), "orders");
  wait_news(2);
  CHECK(watch.threads() == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "with another password a cluster is asked anew, and not with the old one") {
  kafka.set("a:1", "orders", with({"app"}));
  core::Connection connection = reach("a:1");
  connection.sasl = core::Sasl{core::SaslMechanism::Plain, "alice", "old", {}};
  watch.watch(kFirst, connection, "orders");
  wait_news(1);
  connection.sasl->password = "new";
  watch.watch(kFirst, connection, "orders");
  wait_news(2);
  tests::eventually([&] { return watch.threads() == 1; });
}

}  // namespace
