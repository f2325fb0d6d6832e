#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace kube {

struct WatchEvent {
  enum class Type : unsigned char { Added, Modified, Deleted, Bookmark, Error };

  Type type = Type::Error;
  nlohmann::json object;  // of Error: a metav1.Status

  bool operator==(const WatchEvent&) const = default;
};

// The bytes of a watch, cut anywhere, to its events: one JSON object a line. An object of the API
// server is at most 3 MiB (its limit of a request); a longer line than the limit, or one that is no
// event, is an error, and the stream is of no use from there on.
class WatchDecoder {
 public:
  static constexpr std::size_t kLineLimit = 8 * 1024 * 1024;

  explicit WatchDecoder(std::size_t line_limit = kLineLimit) : line_limit_(line_limit) {}

  // Appends the events that these bytes complete; those before an error are appended too.
  core::Result<void> decode(std::string_view bytes, std::vector<WatchEvent>& events);

  // Whether the stream ended amid an event.
  bool is_amid_line() const { return !line_.empty(); }

 private:
  std::size_t line_limit_;
  std::string line_;  // the beginning of the next event
};

}  // namespace kube
