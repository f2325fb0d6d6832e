#pragma once

#include <prometheus/gauge.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "base/metrics.h"
#include "kube/event_recorder.h"
#include "kube/http.h"
#include "kube/lease_state.h"

namespace kube {

inline constexpr const char* kLeaseName = "offset-reset-operator";

// This process among all others: the machine's name and a number that is drawn.
std::string unique_identity();

// Takes part in the election of one leader by a Lease of coordination.k8s.io/v1, on a thread of its
// own, and tells events of it on the Lease. Performs what lease_state decides.
class LeaderElection {
 public:
  // Called once each at most, on the election's thread, which must not be kept for long.
  struct Listener {
    std::function<void()> on_leading;
    std::function<void()> on_lost;  // the lease; whoever led must stop at once
  };

  // What is referred to must live longer.
  LeaderElection(Http& http, base::Metrics& metrics, EventRecorder& events,
                 std::string namespace_name, LeaseTiming timing,
                 std::string identity = unique_identity());
  LeaderElection(const LeaderElection&) = delete;
  LeaderElection& operator=(const LeaderElection&) = delete;

  void start(Listener listener);

  // Whether the lease is ours, and will be for so long even if it is not renewed any more. From any
  // thread.
  bool is_held_for(std::chrono::milliseconds duration) const;

  // Ends the election, and gives the lease back if it is ours.
  void stop();

 private:
  void run(const std::stop_token& stop);
  bool check_lost();
  void attempt(const std::stop_token& stop);
  LeaseOutcome perform(const ReadLease& read, const std::stop_token& stop);
  LeaseOutcome perform(const WriteLease& write, const std::stop_token& stop);
  Answer send(const std::string& method, const nlohmann::json& body, const std::stop_token& stop);
  std::chrono::milliseconds request_deadline() const;
  void publish();
  void lead();
  void tell(const std::string& what) const;

  Http& http_;
  EventRecorder& events_;
  const std::string namespace_name_;
  prometheus::Gauge& is_leader_;
  std::atomic<LeaseState::TimePoint::rep> held_until_{
      LeaseState::TimePoint::min().time_since_epoch().count()};

  // The thread's own; after its end, stop()'s.
  LeaseState state_;
  nlohmann::json lease_;  // as the server has it, as far as is known
  Listener listener_;
  bool has_led_ = false;

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
