#include "fuzz/fuzz.h"
#include "kube/watch_decoder.h"

namespace {

struct Decoded {
  std::vector<kube::WatchEvent> events;
  bool is_broken = false;
  bool is_amid_line = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view stream, std::size_t piece) {
  constexpr std::size_t kLineLimit = 64;
  kube::WatchDecoder decoder(kLineLimit);
  Decoded decoded;
  while (!stream.empty() && !decoded.is_broken) {
    decoded.is_broken = !decoder.decode(stream.substr(0, piece), decoded.events);
    stream.remove_prefix(std::min(piece, stream.size()));
  }
  decoded.is_amid_line = !decoded.is_broken && decoder.is_amid_line();
  return decoded;
}

}  // namespace

// However a stream is cut, the events in it are the same. The first byte says how.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 16 + 1;
  const auto stream = fuzz::text(data + 1, size - 1);
  fuzz::hold(decode(stream, piece) == decode(stream, std::max<std::size_t>(1, stream.size())));
  return 0;
}
