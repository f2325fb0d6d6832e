#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/reason.h"

namespace controller {

// What a pass does to the world.
struct Effect {
  std::string_view name;   // of the core's step; tests stop the work before and after it
  std::string_view words;  // for people: "reading from Kafka"
  core::Reason slow;       // who does not keep up, if it takes too long
};

struct PassLimit {
  // Every effect has a deadline of its own; this one is for a world that just keeps all of them.
  std::chrono::milliseconds deadline{60'000};
  std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
};

// Takes the time of one pass: when its deadline is over, no other effect is begun.
class PassTimer {
 public:
  explicit PassTimer(const PassLimit& limit) : limit_(limit), began_(limit.clock()) {}

  // Nothing while there is time; else a transient error that says what took so long.
  std::optional<core::Error> refuses(const Effect& next);
  bool has_refused() const { return has_refused_; }

  // What `perform` returns; its time is counted.
  template <typename Perform>
  auto time(const Effect& effect, Perform perform) {
    const auto began = limit_.clock();
    auto result = perform();
    add(effect, limit_.clock() - began);
    return result;
  }

 private:
  struct Spent {
    Effect effect;
    std::chrono::duration<double> seconds{0};
  };

  void add(const Effect& effect, std::chrono::duration<double> seconds);

  const PassLimit& limit_;
  const std::chrono::steady_clock::time_point began_;
  std::map<std::string_view, Spent> spent_;  // by the effect's name
  bool has_refused_ = false;
};

}  // namespace controller
