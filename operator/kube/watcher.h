#pragma once

#include <prometheus/gauge.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "base/metrics.h"
#include "core/ports.h"
#include "kube/http.h"
#include "kube/watch_decoder.h"
#include "kube/watch_state.h"

namespace kube {

struct WatchTiming {
  std::chrono::milliseconds first_pause = kFirstPause;
  std::chrono::milliseconds longest_pause = kLongestPause;
  // The server ends a watch after a time drawn from [shortest, longest).
  std::chrono::seconds shortest_watch{300};
  std::chrono::seconds longest_watch{600};
};

// Lists and watches the resources that are not closed, of one namespace or of all, on a thread of
// its own, for as long as it lives. Hands every change to the sink, from that thread; what the sink
// is told first is Relisted. Its end is prompt, whatever the server does.
class Watcher {
 public:
  // `namespace_name` empty: all namespaces. `http` and `metrics` must live longer.
  Watcher(Http& http, base::Metrics& metrics, std::string namespace_name, core::ChangeSink sink,
          WatchTiming timing = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // The first list is complete and has been handed on.
  bool has_synced() const { return has_synced_; }

  // Begins the end; the destructor waits for it.
  void stop() { thread_.request_stop(); }

 private:
  void run(const std::stop_token& stop);
  bool wait_if_due(const std::stop_token& stop);
  Outcome list_page(const std::stop_token& stop);
  Outcome watch(const std::stop_token& stop);
  void apply(const nlohmann::json& page);
  std::optional<Failure> apply(const WatchEvent& event);
  void report(const Failure& failure, const Outcome& outcome);

  Http& http_;
  const std::string namespace_name_;
  const core::ChangeSink sink_;
  const WatchTiming timing_;
  prometheus::Gauge& last_event_;
  std::atomic<bool> has_synced_ = false;

  // The thread's own.
  WatchState state_;
  std::vector<core::OffsetReset> listed_;  // of the pages so far
  std::chrono::seconds asked_to_wait_{0};  // Retry-After of the last failure
  base::Backoff backoff_;
  std::mt19937 random_{std::random_device{}()};

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
