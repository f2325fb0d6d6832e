#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>

namespace base {

// Delays that double from `first` to `last`, each drawn uniformly from [delay/2, delay], so that
// many clients that failed together don't come back together. Not thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds last,
          std::uint64_t seed = std::random_device{}());

  std::chrono::milliseconds next();
  void reset() { failures_ = 0; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds last_;
  unsigned failures_ = 0;
  std::mt19937_64 random_;
};

}  // namespace base
