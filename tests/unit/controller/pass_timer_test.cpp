#include "controller/pass_timer.h"

#include <doctest/doctest.h>

using controller::Effect;
using controller::PassLimit;
using controller::PassTimer;
using core::Reason;
using namespace std::chrono_literals;

namespace {

constexpr Effect kRead{"Read", "reading from Kafka", Reason::KafkaUnavailable};
constexpr Effect kSave{"Save", "writing the status", Reason::KubernetesUnavailable};

struct Watch {
  std::chrono::steady_clock::time_point now{};
  PassLimit limit{60s, [this] { return now; }};

  void spend(PassTimer& timer, const Effect& effect, std::chrono::seconds seconds) {
    timer.time(effect, [&] { return now += seconds; });
  }
};

}  // namespace

TEST_CASE("a pass may begin effects until its deadline is over") {
  Watch watch;
  PassTimer timer(watch.limit);
  watch.now += 60s;
  CHECK_FALSE(timer.refuses(kSave).has_value());
  CHECK_FALSE(timer.has_refused());
  watch.now += 1ms;
  CHECK(timer.refuses(kSave).has_value());
  CHECK(timer.has_refused());
}

TEST_CASE("a pass that took too long says what did, all its calls together") {
  Watch watch;
  PassTimer timer(watch.limit);
  watch.spend(timer, kRead, 20s);
  watch.spend(timer, kSave, 25s);
  watch.spend(timer, kRead, 16s);
  const auto refusal = timer.refuses(kSave);
  REQUIRE(refusal.has_value());
  CHECK(refusal->reason == Reason::KafkaUnavailable);
  CHECK(refusal->message ==
        "writing the status: left to the next attempt, as this one has taken 61 s, 36 s of it "
        "reading from Kafka");
}

TEST_CASE("a pass that was stopped before its first effect is put off too") {
  Watch watch;
  PassTimer timer(watch.limit);
  watch.now += 61s;
  const auto refusal = timer.refuses(kSave);
  REQUIRE(refusal.has_value());
  CHECK(refusal->reason == Reason::KubernetesUnavailable);
  CHECK(refusal->message ==
        "writing the status: left to the next attempt, as this one has taken 61 s");
}
