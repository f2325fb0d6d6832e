#include "kube/watch_decoder.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace kube {
namespace {

constexpr std::size_t kGarbageShown = 80;

std::optional<WatchEvent::Type> type_from(std::string_view name) {
  if (name == "ADDED") return WatchEvent::Type::Added;
  if (name == "MODIFIED") return WatchEvent::Type::Modified;
  if (name == "DELETED") return WatchEvent::Type::Deleted;
  if (name == "BOOKMARK") return WatchEvent::Type::Bookmark;
  if (name == "ERROR") return WatchEvent::Type::Error;
  return std::nullopt;
}

core::Result<WatchEvent> event_of(std::string_view line) {
  auto json = nlohmann::json::parse(line, nullptr, false);
  if (json.is_object() && json.contains("type") && json["type"].is_string() &&
      json.contains("object") && json["object"].is_object()) {
    const auto type = type_from(json["type"].get_ref<const std::string&>());
    if (type) return WatchEvent{*type, std::move(json["object"])};
  }
  return core::fail(core::Reason::KubernetesUnavailable,
                    fmt::format("the watch sent what is no event: {}",
                                line.substr(0, std::min(line.size(), kGarbageShown))));
}

tl::unexpected<core::Error> too_long(std::size_t limit) {
  return core::fail(core::Reason::KubernetesUnavailable,
                    fmt::format("the watch sent an event of more than {} bytes", limit));
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

core::Result<void> WatchDecoder::decode(std::string_view bytes, std::vector<WatchEvent>& events) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    line_.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    if (line.size() > line_limit_) return too_long(line_limit_);
    if (is_blank(line)) continue;
    auto event = event_of(line);
    if (!event) return tl::unexpected(event.error());
    events.push_back(*std::move(event));
  }
  line_.append(bytes);
  if (line_.size() > line_limit_) return too_long(line_limit_);
  return {};
}

}  // namespace kube
