#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "kube/socket_cutter.h"

namespace kube {

// Cuts connections whose exchange is not over by its deadline, on one thread for all of them.
// httplib (0.41.0) has a timeout for every wait, but none for a TLS handshake, an error's body or a
// request that make a little progress for ever.
class DeadlineWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // One exchange, while it lives.
  class Watched {
   public:
    // What is referred to must live longer.
    Watched(DeadlineWatch& watch, SocketCutter& cutter, TimePoint deadline);
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    ~Watched();

    bool is_over() const { return is_over_; }  // it has been cut

   private:
    friend class DeadlineWatch;

    DeadlineWatch& watch_;
    SocketCutter& cutter_;
    std::atomic<bool> is_over_ = false;
    std::multimap<TimePoint, Watched*>::iterator entry_;  // guarded by the watch's mutex_
  };

  DeadlineWatch();
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<TimePoint, Watched*> watched_;  // guarded by mutex_

  std::jthread thread_;  // the last member: it ends before the others do
};

}  // namespace kube
