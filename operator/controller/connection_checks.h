#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "controller/work_queue.h"
#include "core/next.h"
#include "core/ports.h"

namespace controller {

// Says in each connection's status whether it reaches its cluster. It is looked at when it is new
// or changed, when a reset has found it otherwise than its status says, and, while it does not
// work, again and again (1 s to 5 min). One that works is not polled. Thread-safe.
class ConnectionChecks {
 public:
  using Now = std::function<core::TimePoint()>;
  // That connection is another now, or works again; from a watch's or a check's thread.
  using News = std::function<void(const core::ConnectionId&)>;
  struct Timing {
    std::chrono::milliseconds first_retry{1'000};
    std::chrono::milliseconds longest_retry{300'000};
  };

  ConnectionChecks(core::Kafka& kafka, core::Kubernetes& kubernetes, Now now, core::Policy policy,
                   News news, Timing timing);
  ConnectionChecks(const ConnectionChecks&) = delete;
  ConnectionChecks& operator=(const ConnectionChecks&) = delete;
  ~ConnectionChecks() = default;

  // From any thread.
  void on_change(core::ConnectionChange change);
  // A reset has used it, with that outcome.
  void used(const core::ConnectionId& id, const core::Error& outcome);

  void start();
  // Begins the end; the destructor waits for the checks under way.
  void stop();

 private:
  struct Known {
    Known(core::KafkaConnection seen, const Timing& timing);

    core::KafkaConnection connection;  // as the watch, or our own write, told last
    base::Backoff backoff;
    bool is_due = true;  // to be checked, or being checked again and again
  };

  std::vector<core::ConnectionId> relist(const core::ConnectionsRelisted& list);
  bool take_in(const core::KafkaConnection& connection);  // whether it is another now
  void work(const std::stop_token& stop);
  void check(const core::ConnectionId& id, const std::stop_token& stop);
  core::Result<core::ClusterDescription> look(const core::KafkaConnection& connection,
                                              const std::stop_token& stop);
  void conclude(const core::KafkaConnection& connection,
                const core::Result<core::ClusterDescription>& seen);
  void schedule(const core::ConnectionId& id);

  core::Kafka& kafka_;
  core::Kubernetes& kubernetes_;
  const Now now_;
  const core::Policy policy_;
  const News news_;
  const Timing timing_;

  WorkQueue queue_;
  std::mutex mutex_;
  std::map<core::ConnectionId, Known> known_;  // guarded by mutex_
  std::vector<std::jthread> workers_;          // the last member: they end before the others do
};

}  // namespace controller
