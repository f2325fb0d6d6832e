#include "base/backoff.h"

#include <doctest/doctest.h>

using base::Backoff;
using namespace std::chrono_literals;

TEST_CASE("delays double up to the longest, with jitter, and start again after a reset") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(1s, 5min, seed);
    for (const auto longest : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
      const auto delay = backoff.next();
      CHECK(delay >= longest / 2);
      CHECK(delay <= longest);
    }
    backoff.reset();
    CHECK(backoff.next() <= 1s);
  }
}

TEST_CASE("after any number of failures the delay is still the longest") {
  Backoff backoff(1s, 5min, 1);
  for (int i = 0; i < 10'000; ++i) backoff.next();
  CHECK(backoff.next() >= 150s);
  CHECK(backoff.next() <= 300s);
}
