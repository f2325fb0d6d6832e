#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// A fuzz target is one function, of libFuzzer's signature, over bytes of any kind. It must not
// crash, and what it states with hold() must be true. scripts/fuzz builds it with libFuzzer; every
// run of the tests replays its corpus with replay_main.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the process, with a stack trace of the sanitizers, where it is not so.
inline void hold(bool is_so) {
  if (!is_so) std::abort();
}

}  // namespace fuzz
