#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "controller/controller.h"
#include "controller/fenced_kafka.h"
#include "kube/api.h"
#include "kube/event_recorder.h"
#include "kube/http.h"
#include "kube/leader_election.h"
#include "kube/watcher.h"

namespace tests {

core::TimePoint system_now();

struct OperatorSettings {
  std::size_t workers = 4;
  controller::Reconciler::Now now = system_now;
  controller::Reconciler::AtEffect at_effect = {};
  bool elects_leader = false;
};

// The operator but for its Kafka, in this process: election, watch, store, queue, workers and
// status writes, over HTTP. Pauses are short. One life: it ends in good order by stop(), and
// otherwise with what is under way.
class RunningOperator {
 public:
  RunningOperator(const std::string& server_url, core::Kafka& kafka,
                  OperatorSettings settings = {});
  RunningOperator(const RunningOperator&) = delete;
  RunningOperator& operator=(const RunningOperator&) = delete;
  ~RunningOperator();

  void start();
  bool stop();  // false: a pass did not end in time
  bool has_synced() const;
  bool has_lost_lease() const { return has_lost_lease_; }
  int passes() const;  // that are over
  void enqueue(const std::string& name) { controller_.enqueue({"payments", name}); }

 private:
  void work();
  bool may_commit() const;

  base::Metrics metrics_;
  kube::Http http_;
  kube::EventRecorder events_;
  kube::Api api_;
  controller::FencedKafka kafka_;
  controller::Controller controller_;
  std::atomic<bool> has_lost_lease_ = false;
  mutable std::mutex mutex_;
  std::optional<kube::Watcher> watcher_;  // guarded by mutex_
  std::optional<kube::LeaderElection> election_;
};

}  // namespace tests
