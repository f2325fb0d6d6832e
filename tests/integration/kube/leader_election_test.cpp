#include "kube/leader_election.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "support/fake_api_server.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr kube::LeaseTiming kShort{2s, 1s, 50ms};

class Candidate {
 public:
  Candidate(FakeApiServer& server, std::string identity, kube::LeaseTiming timing = kShort)
      : http_(*kube::config_without_credentials(server.url()), metrics_),
        events_(http_, metrics_),
        election_(http_, metrics_, events_, "operators", timing, std::move(identity)) {
    election_.start({[this] { set(leads_); }, [this] { set(has_lost_); }});
  }
  ~Candidate() { stop(); }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  void stop() {
    election_.stop();
    events_.flush(10s);
  }
  bool wait_leads() { return wait(leads_); }
  bool wait_lost() { return wait(has_lost_); }
  bool leads() {
    const std::lock_guard lock(mutex_);
    return leads_;
  }
  bool is_held_for(std::chrono::milliseconds duration) const {
    return election_.is_held_for(duration);
  }
  bool has_metric(int value) const {
    return metrics_.text().find("leader_election_master_status{name=\"offset-reset-operator\"} " +
                                std::to_string(value)) != std::string::npos;
  }

 private:
  void set(bool& flag) {
    const std::lock_guard lock(mutex_);
    flag = true;
    changed_.notify_all();
  }
  bool wait(const bool& flag) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return flag; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool leads_ = false;
  bool has_lost_ = false;
  base::Metrics metrics_;
  kube::Http http_;
  kube::EventRecorder events_;
  kube::LeaderElection election_;
};

json lease(FakeApiServer& server) {
  const auto found = server.leases().find("operators", "offset-reset-operator");
  REQUIRE(found);
  return *found;
}

TEST_CASE("the first candidate leads, and the second when the first one ends") {
  FakeApiServer server;
  Candidate first(server, "first");
  REQUIRE(first.wait_leads());
  CHECK(first.is_held_for(500ms));
  CHECK_FALSE(first.is_held_for(2s));
  CHECK(first.has_metric(1));
  Candidate second(server, "second", {60s, 1s, 50ms});
  CHECK_FALSE(second.is_held_for(0ms));
  CHECK(second.has_metric(0));
  first.stop();
  CHECK_FALSE(first.is_held_for(0ms));
  CHECK(first.has_metric(0));
  REQUIRE(second.wait_leads());
  CHECK(lease(server)["spec"]["holderIdentity"] == "second");
  CHECK(lease(server)["spec"]["leaseTransitions"] == 1);
}

TEST_CASE("the events of the election are on the lease") {
  FakeApiServer server;
  Candidate candidate(server, "first");
  REQUIRE(candidate.wait_leads());
  candidate.stop();
  std::vector<std::string> notes;
  for (const auto& event : server.events().all()) {
    CHECK(event["regarding"]["kind"] == "Lease");
    CHECK(event["regarding"]["uid"] == lease(server)["metadata"]["uid"]);
    CHECK(event["reason"] == "LeaderElection");
    notes.push_back(event["note"]);
  }
  std::ranges::sort(notes);
  CHECK(notes == std::vector<std::string>{"first became leader", "first stopped leading"});
}

TEST_CASE("while the leader renews nobody else leads, though answers are lost") {
  FakeApiServer server;
  Candidate first(server, "first");
  REQUIRE(first.wait_leads());
  server.inject({.what = Fault::What::DropReply, .times = 3, .method = "PUT"});
  server.inject({.times = 3, .method = "PUT", .code = 500});
  Candidate second(server, "second");
  // The lease is renewed for longer than it lasts.
  const auto end = std::chrono::steady_clock::now() + kShort.duration * 3 / 2;
  while (std::chrono::steady_clock::now() < end) {
    const auto renewed = server.count_requests("PUT", "/leases/");
    while (server.count_requests("PUT", "/leases/") == renewed) std::this_thread::yield();
  }
  CHECK(first.is_held_for(0ms));
  CHECK_FALSE(second.leads());
}

TEST_CASE("a leader that can't renew loses the lease before it ends") {
  FakeApiServer server;
  Candidate first(server, "first");
  REQUIRE(first.wait_leads());
  server.inject({.times = 1'000'000, .path_part = "/leases", .code = 503});
  REQUIRE(first.wait_lost());
  CHECK_FALSE(first.is_held_for(0ms));
  server.heal();
  CHECK(lease(server)["spec"]["holderIdentity"] == "first");
}

TEST_CASE("a leader that was replaced has lost the lease") {
  FakeApiServer server;
  Candidate first(server, "first");
  REQUIRE(first.wait_leads());
  for (bool is_replaced = false; !is_replaced;) {  // unless it renews in between
    json other = lease(server);
    other["spec"]["holderIdentity"] = "other";
    is_replaced = server.leases().replace("operators", other).has_value();
  }
  REQUIRE(first.wait_lost());
  first.stop();
  CHECK(lease(server)["spec"]["holderIdentity"] == "other");
}

TEST_CASE("a candidate that hears nothing of the API server does not lead") {
  FakeApiServer server;
  server.inject({.times = 1'000'000, .path_part = "/leases", .code = 403});
  Candidate candidate(server, "first");
  while (server.count_requests("GET", "/leases/") < 5) std::this_thread::yield();
  CHECK_FALSE(candidate.leads());
  server.heal();
  CHECK(candidate.wait_leads());
}

}  // namespace
}  // namespace tests
