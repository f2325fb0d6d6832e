#pragma once

#include <chrono>
#include <string>

namespace tests {

// What goes wrong with the next requests that it fits.
struct Fault {
  enum class What : unsigned char {
    Answer,       // `code` and `message` instead of doing anything
    Garbage,      // 200 and a body that is no JSON
    DropRequest,  // the connection breaks before anything is done
    DropReply,    // the connection breaks when it is done
    HalfAnswer,   // it is done; the connection breaks in the middle of the answer
    Silence,      // nothing is done, and no answer comes; `delay` later the connection breaks
    Delay,        // it is done, but `delay` later
    SlowBytes,    // it is done; the answer comes in small pieces, `delay` between two of them
  };

  What what = What::Answer;
  int times = 1;
  std::string method = {};     // empty: any
  std::string path_part = {};  // the path with its query contains it
  int code = 500;
  std::string message = "injected";
  int retry_after_seconds = -1;  // sent when it is not negative
  std::chrono::milliseconds delay{0};
};

}  // namespace tests
