#include "controller/connection_checks.h"

#include <doctest/doctest.h>

#include <mutex>

#include "core/conditions.h"
#include "support/builders.h"
#include "support/eventually.h"
#include "support/kafka_connections.h"
#include "support/worlds.h"

namespace {

using controller::ConnectionChecks;
using core::ConnectionId;
using core::ConnectionKind;
using core::KafkaConnection;
using core::Reason;
using std::chrono::milliseconds;

const ConnectionId kProd{ConnectionKind::KafkaConnection, {"payments", "prod"}};

KafkaConnection with_password(std::int64_t generation = 1) {
  auto made = tests::kafka_connection(ConnectionKind::KafkaConnection);
  made.resource_version = std::to_string(generation);
  made.generation = generation;
  return made;
}

// A cluster that a test opens and closes, and an API server with one connection.
class World : public tests::Worlds {
 public:
  core::Result<core::ClusterDescription> describe_cluster(
      const core::Connection& connection) override {
    const std::lock_guard lock(mutex_);
    ++looks_;
    if (connection.sasl->password == password_) return core::ClusterDescription{"id", 3};
    return core::fail(Reason::NotAuthenticated, "wrong password");
  }
  core::Result<core::Texts> read_texts(const core::Holder& holder) override {
    const std::lock_guard lock(mutex_);
    if (secret_.empty()) return core::fail(Reason::SecretNotFound, "no " + holder.to_string());
    return core::Texts{{"password", secret_}};
  }
  core::Result<KafkaConnection> write_connection_status(const KafkaConnection& wanted) override {
    const std::lock_guard lock(mutex_);
    ++writes_;
    stored_ = wanted;
    stored_.resource_version = std::to_string(100 + writes_);
    return stored_;
  }

  void set(std::string secret, std::string password) {
    const std::lock_guard lock(mutex_);
    secret_ = std::move(secret);
    password_ = std::move(password);
  }
  std::pair<int, int> looks_and_writes() {
    const std::lock_guard lock(mutex_);
    return {looks_, writes_};
  }
  Reason shown() {
    const std::lock_guard lock(mutex_);
    if (stored_.status.conditions.empty()) return Reason::Queued;
    return core::reason_from(stored_.status.conditions.front().reason).value();
  }
  KafkaConnection stored() {
    const std::lock_guard lock(mutex_);
    return stored_;
  }

 private:
  std::mutex mutex_;
  std::string secret_ = "right";
  std::string password_ = "right";
  int looks_ = 0;
  int writes_ = 0;
  KafkaConnection stored_;
};

struct Fixture {
  World world;
  std::mutex mutex;
  int news = 0;
  ConnectionChecks checks{world,
                          world,
                          [] { return tests::at_second(2'000); },
                          core::Policy{true, true, "operators"},
                          [this](const ConnectionId&) {
                            const std::lock_guard lock(mutex);
                            ++news;
                          },
                          {milliseconds(2), milliseconds(4)}};

  Fixture() { checks.start(); }
  void wait_for(Reason reason) {
    tests::eventually([&] { return world.shown() == reason; });
  }
  // A new connection is news, and that it works is; by then the check of it is over.
  void wait_for_working_one() {
    tests::eventually([&] { return news_so_far() == 2; });
  }
  int news_so_far() {
    const std::lock_guard lock(mutex);
    return news;
  }
};

TEST_CASE_FIXTURE(Fixture,
                  "a new connection is looked at, once, and its status says what was seen") {
  checks.on_change(
      core::ConnectionsRelisted{ConnectionKind::KafkaConnection, "", {with_password()}});
  wait_for_working_one();
  const auto status = world.stored().status;
  CHECK(is_ready(status, 1));
  CHECK(status.cluster_id == "id");
  CHECK(status.brokers == 3);
  CHECK(status.auth == "SCRAM-SHA-512");
  // The watch tells of the status; that is no reason to look again.
  checks.on_change(core::ConnectionApplied{world.stored()});
  checks.used(kProd, {Reason::OffsetsReset, ""});
  checks.on_change(core::ConnectionApplied{with_password(2)});
  tests::eventually([&] { return is_ready(world.stored().status, 2); });
  CHECK(world.looks_and_writes() == std::pair(2, 2));
}

TEST_CASE_FIXTURE(Fixture, "one that was ready before the operator came is not asked again") {
  KafkaConnection ready = with_password();
  set_outcome(ready.status, {Reason::Connected, ""}, 1, tests::at_second(1));
  checks.on_change(core::ConnectionsRelisted{ConnectionKind::KafkaConnection, "", {ready}});
  checks.on_change(core::ConnectionApplied{with_password(2)});
  wait_for(Reason::Connected);
  CHECK(world.looks_and_writes() == std::pair(1, 1));
}

TEST_CASE_FIXTURE(Fixture, "one that fails is looked at again and told once, and heals by itself") {
  world.set("", "right");
  checks.on_change(core::ConnectionApplied{with_password()});
  wait_for(Reason::SecretNotFound);
  world.set("wrong", "right");
  wait_for(Reason::NotAuthenticated);
  const int before = news_so_far();
  const auto [looks, writes] = world.looks_and_writes();
  tests::eventually([&] { return world.looks_and_writes().first > looks + 3; });
  CHECK(world.looks_and_writes().second == writes);
  world.set("right", "right");
  wait_for(Reason::Connected);
  tests::eventually([&] { return news_so_far() > before; });  // whoever waits for it can go on
}

TEST_CASE_FIXTURE(Fixture, "a reset that finds it otherwise than it says makes it looked at") {
  checks.on_change(core::ConnectionApplied{with_password()});
  wait_for_working_one();
  world.set("right", "changed");
  checks.used(kProd, {Reason::NotAuthenticated, "wrong password"});
  wait_for(Reason::NotAuthenticated);
}

TEST_CASE_FIXTURE(Fixture, "a connection that is deleted is news, and is forgotten") {
  checks.on_change(core::ConnectionApplied{with_password()});
  wait_for_working_one();
  checks.on_change(core::ConnectionDeleted{kProd});
  CHECK(news_so_far() == 3);
  checks.used(kProd, {Reason::NotAuthenticated, "wrong password"});
  checks.on_change(core::ConnectionsRelisted{ConnectionKind::KafkaConnection, "", {}});
  CHECK(news_so_far() == 3);
}

TEST_CASE_FIXTURE(Fixture, "a spec that breaks a rule is told and not tried") {
  KafkaConnection broken = with_password();
  broken.spec = core::fail(Reason::InvalidSpec, "spec.tls: write tls: {}");
  checks.on_change(core::ConnectionApplied{broken});
  wait_for(Reason::InvalidSpec);
  CHECK(world.looks_and_writes() == std::pair(0, 1));
}

}  // namespace
