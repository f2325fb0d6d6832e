#pragma once

#include <prometheus/gauge.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "kube/feed.h"
#include "kube/http.h"
#include "kube/watch_decoder.h"
#include "kube/watch_state.h"

namespace kube {

struct WatchTiming {
  // A pause is drawn from [d, 2d), d doubling from the first, none longer than the longest: the
  // full jitter of client-go and kube-rs.
  std::chrono::milliseconds first_pause = kFirstPause;
  std::chrono::milliseconds longest_pause = kLongestPause;
  // The server ends a watch after a time drawn from [shortest, longest), or we do `grace` later.
  std::chrono::seconds shortest_watch{300};
  std::chrono::seconds longest_watch{600};
  std::chrono::milliseconds grace{30'000};
  // For a page, or for all of a list that comes as a stream.
  std::chrono::milliseconds list_deadline{60'000};
};

// Lists and watches what a feed is of, on a thread of its own, for as long as it lives. Hands every
// change to the feed, from that thread; the first is a list. A kind that is not installed, or may
// not be read, is waited for. Its end is prompt, whatever the server does.
class Watcher {
 public:
  // `http` and `metrics` must live longer.
  Watcher(Http& http, base::Metrics& metrics, std::unique_ptr<Feed> feed, WatchTiming timing = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // The first list is complete and has been handed on.
  bool has_synced() const { return has_synced_; }

  // Begins the end; the destructor waits for it.
  void stop() { thread_.request_stop(); }

 private:
  // What came of a stream, and what ended it.
  struct Stream {
    WatchDecoder decoder;
    bool was_silent = true;
    std::optional<Failure> failure;      // an ERROR event
    std::optional<core::Error> garbage;  // what can't be read
  };

  void run(const std::stop_token& stop);
  bool wait_if_due(const std::stop_token& stop);
  Outcome list_page(const std::stop_token& stop);
  Outcome stream(const std::stop_token& stop);
  bool receive(Stream& stream, std::string_view bytes);
  Outcome outcome_of_stream(const Stream& stream, const tl::expected<void, Failure>& ended,
                            std::chrono::milliseconds lived);
  Outcome fail(const Failure& failure, std::chrono::milliseconds lived);
  std::chrono::seconds draw_timeout();
  void apply(nlohmann::json& page);
  void apply(const WatchEvent& event);
  void hand_on_list();
  void report(const Failure& failure, const Outcome& outcome);
  void log(base::Level level, std::string_view message, std::string_view error = {}) const;

  Http& http_;
  const std::unique_ptr<Feed> feed_;
  const WatchTiming timing_;
  prometheus::Gauge& last_event_;
  std::atomic<bool> has_synced_ = false;

  // The thread's own.
  WatchState state_;
  std::chrono::seconds asked_to_wait_{0};  // Retry-After of the last failure
  base::Backoff backoff_;
  std::mt19937 random_{std::random_device{}()};

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
