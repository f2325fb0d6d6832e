#pragma once

#include <prometheus/counter.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "base/backoff.h"
#include "base/metrics.h"
#include "kube/event_object.h"
#include "kube/event_series.h"
#include "kube/http.h"

namespace kube {

// This machine's name, which in a pod is the pod's.
std::string host_name();

struct RecorderTiming {
  std::chrono::milliseconds request_deadline{5'000};
  std::chrono::milliseconds first_pause{1'000};
  std::chrono::milliseconds longest_pause{30'000};
  int attempts = 6;  // of one event, before it is given up
};

// Tells events to the API server, one after the other, on a thread of its own, so that whoever
// records one never waits. What can't be told is dropped, and counted: an event is a courtesy.
class EventRecorder {
 public:
  static constexpr std::size_t kQueueLimit = 1'000;

  // `http` and `metrics` must live longer.
  EventRecorder(Http& http, base::Metrics& metrics, std::string instance = host_name(),
                RecorderTiming timing = {});
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;
  ~EventRecorder();  // at once: what is not told yet is dropped

  // From any thread; never blocks.
  void record(Telling telling);

  // Waits until everything that was recorded is told or dropped, or until `patience` is over.
  void flush(std::chrono::milliseconds patience);

 private:
  struct Recorded {
    Telling telling;
    MicroTime at;
  };
  void run(const std::stop_token& stop);
  std::optional<Recorded> take(const std::stop_token& stop);
  void tell(const Recorded& recorded, const std::stop_token& stop);
  Answer send(const Recorded& recorded, const std::string& name, const std::stop_token& stop);
  void drop(const Telling& telling, const std::string& why);

  Http& http_;
  const std::string instance_;
  const RecorderTiming timing_;
  prometheus::Counter* sent_;
  prometheus::Counter* dropped_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Recorded> queue_;  // guarded by mutex_
  bool is_telling_ = false;     // guarded by mutex_

  // The thread's own.
  EventSeries series_;
  std::mt19937_64 random_{std::random_device{}()};

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
