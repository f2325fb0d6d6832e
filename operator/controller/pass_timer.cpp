#include "controller/pass_timer.h"

#include <fmt/format.h>

#include <algorithm>

namespace controller {

void PassTimer::add(const Effect& effect, std::chrono::duration<double> seconds) {
  spent_.try_emplace(effect.name, Spent{effect}).first->second.seconds += seconds;
}

std::optional<core::Error> PassTimer::refuses(const Effect& next) {
  const std::chrono::duration<double> took = limit_.clock() - began_;
  if (took <= limit_.deadline) return std::nullopt;
  has_refused_ = true;
  core::Error error{next.slow,
                    fmt::format("{}: left to the next attempt, as this one has taken {:.0f} s",
                                next.words, took.count())};
  const auto slowest =
      std::max_element(spent_.begin(), spent_.end(), [](const auto& left, const auto& right) {
        return left.second.seconds < right.second.seconds;
      });
  if (slowest != spent_.end()) {
    const auto& [effect, seconds] = slowest->second;
    error.reason = effect.slow;
    error.message += fmt::format(", {:.0f} s of it {}", seconds.count(), effect.words);
  }
  return error;
}

}  // namespace controller
