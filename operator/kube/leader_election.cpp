#include "kube/leader_election.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "kube/micro_time.h"
#include "kube/paths.h"
#include "kube/pause.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kReleaseDeadline{3'000};
constexpr milliseconds kShortestRequest{100};

LeaseState initial_state(std::string identity, LeaseTiming timing) {
  LeaseState state;
  state.identity = std::move(identity);
  state.timing = timing;
  return state;
}

}  // namespace

std::string unique_identity() {
  std::random_device random;
  return fmt::format("{}_{:08x}-{:08x}", host_name(), random(), random());
}

LeaderElection::LeaderElection(Http& http, base::Metrics& metrics, EventRecorder& events,
                               std::string namespace_name, LeaseTiming timing, std::string identity)
    : http_(http),
      events_(events),
      namespace_name_(std::move(namespace_name)),
      is_leader_(metrics
                     .gauge("leader_election_master_status",
                            "1 while this process leads, 0 while it stands by.")
                     .Add({{"name", kLeaseName}})),
      state_(initial_state(std::move(identity), timing)) {}

void LeaderElection::start(Listener listener) {
  listener_ = std::move(listener);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool LeaderElection::is_held_for(milliseconds duration) const {
  return Clock::now() + duration < LeaseState::TimePoint(Clock::duration(held_until_.load()));
}

void LeaderElection::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  const bool was_leader = state_.is_leader;
  state_.is_leader = false;
  publish();
  if (!was_leader || lease_.is_null()) return;
  const auto answer =
      http_.send({.method = "PUT",
                  .path = lease_path(namespace_name_, kLeaseName),
                  .body = with_record(lease_, released(state_, wall_clock())).dump(),
                  .deadline = kReleaseDeadline});
  if (answer) {
    base::log_info("released the lease", {{"identity", state_.identity}});
    return tell("stopped leading");
  }
  base::log_warning("lease not released", {{"error", answer.error().message}});
}

void LeaderElection::run(const std::stop_token& stop) {
  base::log_info("standing for election",
                 {{"identity", state_.identity},
                  {"lease", fmt::format("{}/{}", namespace_name_, kLeaseName)}});
  do {
    // First of all: this process may have been stopped for longer than the lease.
    if (check_lost()) return;
    attempt(stop);
    publish();
    if (check_lost()) return;
    if (state_.is_leader && !has_led_) lead();
  } while (pause(state_.timing.retry_period, stop));
}

bool LeaderElection::check_lost() {
  if (!has_led_ || !is_lost(state_, Clock::now())) return false;
  state_.is_leader = false;
  publish();
  base::log_error("lost the lease", {{"identity", state_.identity},
                                     {"holder", state_.seen ? state_.seen->holder : ""}});
  tell("stopped leading");
  listener_.on_lost();
  return true;
}

// One that does not lead reads first, as the other one may have renewed it since.
void LeaderElection::attempt(const std::stop_token& stop) {
  if (!state_.is_leader) state_ = next(std::move(state_), LeaseUncertain{});
  constexpr int kMostRequests = 2;  // read, write
  for (int i = 0; i < kMostRequests && !stop.stop_requested(); ++i) {
    const LeaseStep todo = step(state_, Clock::now(), wall_clock());
    if (std::holds_alternative<WaitForLease>(todo)) return;
    const bool is_write = std::holds_alternative<WriteLease>(todo);
    const LeaseOutcome outcome = is_write ? perform(std::get<WriteLease>(todo), stop)
                                          : perform(std::get<ReadLease>(todo), stop);
    state_ = next(std::move(state_), outcome);
    if (is_write) return;
  }
}

LeaseOutcome LeaderElection::perform(const ReadLease&, const std::stop_token& stop) {
  const auto answer = send("GET", {}, stop);
  if (answer) {
    lease_ = *answer;
    return LeaseFound{lease_record(lease_), Clock::now()};
  }
  if (!is_absent(answer.error())) return LeaseUncertain{};
  lease_ = nullptr;
  return LeaseAbsent{Clock::now()};
}

LeaseOutcome LeaderElection::perform(const WriteLease& write, const std::stop_token& stop) {
  const auto sent_at = Clock::now();
  const auto object =
      with_record(write.is_new ? new_lease(namespace_name_, kLeaseName) : lease_, write.record);
  const auto answer = send(write.is_new ? "POST" : "PUT", object, stop);
  if (!answer) return LeaseUncertain{};
  lease_ = *answer;
  return LeaseWritten{lease_record(lease_), sent_at};
}

Answer LeaderElection::send(const std::string& method, const nlohmann::json& body,
                            const std::stop_token& stop) {
  const bool is_new = method == "POST";
  auto answer = http_.send(
      {.method = method,
       .path = is_new ? leases_path(namespace_name_) : lease_path(namespace_name_, kLeaseName),
       .body = body.is_null() ? std::string() : body.dump(),
       .deadline = request_deadline()},
      stop);
  const bool is_usual = answer || is_absent(answer.error()) || answer.error().code == 409;
  if (!is_usual && !stop.stop_requested()) {
    base::log_warning("lease not reached",
                      {{"method", method},
                       {"lease", fmt::format("{}/{}", namespace_name_, kLeaseName)},
                       {"error", answer.error().message}});
  }
  return answer;
}

// Half of the time to renew, so that one request that hangs is not the end; and never beyond it.
milliseconds LeaderElection::request_deadline() const {
  const auto half = state_.timing.renew_deadline / 2;
  if (!state_.is_leader) return half;
  const auto left = std::chrono::duration_cast<milliseconds>(
      state_.renewed_at + state_.timing.renew_deadline - Clock::now());
  return std::clamp(left, kShortestRequest, std::max(half, kShortestRequest));
}

void LeaderElection::publish() {
  held_until_ = held_until(state_).time_since_epoch().count();
  is_leader_.Set(state_.is_leader ? 1 : 0);
}

void LeaderElection::lead() {
  has_led_ = true;
  base::log_info("became leader", {{"identity", state_.identity}});
  tell("became leader");
  listener_.on_leading();
}

void LeaderElection::tell(const std::string& what) const {
  const auto metadata = lease_.is_object() ? lease_.value("metadata", nlohmann::json::object())
                                           : nlohmann::json::object();
  events_.record({{"coordination.k8s.io/v1", "Lease", namespace_name_, kLeaseName,
                   metadata.value("uid", std::string())},
                  core::Event::Type::Normal,
                  "LeaderElection",
                  "LeaderElection",
                  fmt::format("{} {}", state_.identity, what)});
}

}  // namespace kube
