#include "kube/deadline_watch.h"

namespace kube {

DeadlineWatch::Watched::Watched(DeadlineWatch& watch, SocketCutter& cutter, TimePoint deadline)
    : watch_(watch), cutter_(cutter) {
  const std::lock_guard lock(watch_.mutex_);
  entry_ = watch_.watched_.emplace(deadline, this);
  if (entry_ == watch_.watched_.begin()) watch_.changed_.notify_all();
}

DeadlineWatch::Watched::~Watched() {
  const std::lock_guard lock(watch_.mutex_);
  if (!is_over_) watch_.watched_.erase(entry_);
}

DeadlineWatch::DeadlineWatch() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void DeadlineWatch::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto first = watched_.begin();
    if (first == watched_.end()) {
      changed_.wait(lock, stop, [this] { return !watched_.empty(); });
    } else if (const auto deadline = first->first; deadline > TimePoint::clock::now()) {
      changed_.wait_until(lock, stop, deadline,
                          [&] { return watched_.empty() || watched_.begin()->first < deadline; });
    } else {
      Watched& watched = *first->second;
      watched_.erase(first);
      watched.is_over_ = true;
      watched.cutter_.cut();
    }
  }
}

}  // namespace kube
