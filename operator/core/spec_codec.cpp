#include "core/spec_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "core/bootstrap_servers.h"
#include "core/names.h"
#include "core/rfc3339.h"

namespace core {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kFields{"bootstrapServers",  "groupId",    "topic",
                                                  "partition",         "to",         "outOfRange",
                                                  "timestampNotFound", "whenActive", "waitSeconds"};
constexpr std::size_t kMaxGroupLength = 255;
constexpr std::size_t kMaxTopicLength = 249;  // Kafka's own limit
constexpr std::int64_t kMaxWaitSeconds = 7LL * 24 * 60 * 60;
// 9999-12-31T23:59:59.999Z: what RFC 3339 can still write.
constexpr std::int64_t kMaxTimestamp = 253'402'300'799'999;

tl::unexpected<Error> invalid(std::string message) {
  return fail(Reason::InvalidSpec, "spec" + std::move(message));
}

const json& field(const json& object, const char* name) {
  static const json kAbsent;
  const auto found = object.find(name);
  return found == object.end() ? kAbsent : *found;
}

// Code points, as the API server counts maxLength.
std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

Result<std::string> decode_text(const json& value, const char* path, std::size_t longest) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return invalid(fmt::format("{} is required", path));
  }
  if (characters(value.get_ref<const std::string&>()) > longest) {
    return invalid(fmt::format("{} is longer than {} characters", path, longest));
  }
  return value.get<std::string>();
}

Result<std::int64_t> decode_integer(const json& value, const char* path, std::int64_t least,
                                    std::int64_t most) {
  const bool is_too_big =
      value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (!value.is_number_integer() || is_too_big || value.get<std::int64_t>() < least ||
      value.get<std::int64_t>() > most) {
    return invalid(fmt::format("{} must be an integer from {} to {}", path, least, most));
  }
  return value.get<std::int64_t>();
}

template <typename Enum>
Result<Enum> decode_choice(const json& value, const char* path, Enum by_default) {
  if (value.is_null()) return by_default;
  const auto choice =
      value.is_string() ? value_of<Enum>(value.get_ref<const std::string&>()) : std::nullopt;
  if (!choice) return invalid(fmt::format("{} must be {}", path, choices<Enum>()));
  return *choice;
}

Result<std::string> decode_topic(const json& value) {
  auto topic = decode_text(value, ".topic", kMaxTopicLength);
  if (!topic) return topic;
  const bool is_legal = std::all_of(topic->begin(), topic->end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (!is_legal || *topic == "." || *topic == "..") {
    return invalid(fmt::format(
        ".topic: \"{}\" is no name of a topic; write letters, digits, '.', '_' and '-'", *topic));
  }
  return topic;
}

Result<TimePoint> decode_timestamp(const json& value) {
  constexpr const char* kAdvice =
      ".to.timestamp must be RFC 3339 from 1970 on, such as \"2026-11-22T08:00:00Z\", or "
      "milliseconds since then, such as 1571812144000";
  std::optional<TimePoint> time;
  if (value.is_string()) time = parse_rfc3339(value.get_ref<const std::string&>());
  if (value.is_number_integer()) {
    const auto millis = decode_integer(value, ".to.timestamp", 0, kMaxTimestamp);
    if (millis) time = TimePoint(std::chrono::milliseconds(*millis));
  }
  const auto millis = time ? time->time_since_epoch().count() : -1;
  if (millis < 0 || millis > kMaxTimestamp) return invalid(kAdvice);
  return *time;
}

Result<Destination> decode_destination(const json& to) {
  constexpr const char* kAdvice =
      ".to: write exactly one of offset, timestamp and position, such as to: {position: Earliest}";
  if (!to.is_object() || to.size() != 1) return invalid(kAdvice);
  const std::string& key = to.begin().key();
  const json& value = to.begin().value();
  if (key == "offset") {
    return decode_integer(value, ".to.offset", 0, std::numeric_limits<std::int64_t>::max())
        .map([](std::int64_t offset) { return Destination(ToOffset{offset}); });
  }
  if (key == "timestamp") {
    return decode_timestamp(value).map(
        [](TimePoint time) { return Destination(ToTimestamp{time}); });
  }
  if (key == "position" && !value.is_null()) {
    return decode_choice(value, ".to.position", Position::Earliest).map([](Position position) {
      return Destination(ToPosition{position});
    });
  }
  return invalid(kAdvice);
}

// A field of a newer CRD could turn the meaning of a reset round (a dry run, a guard): refused, not
// ignored.
std::optional<Error> unknown_field(const json& spec) {
  for (const auto& [key, value] : spec.items()) {
    if (std::find(kFields.begin(), kFields.end(), key) != kFields.end()) continue;
    return Error{Reason::InvalidSpec,
                 fmt::format("spec.{} is not known to this operator; the installed CRD is newer "
                             "than it: upgrade the operator",
                             key)};
  }
  return std::nullopt;
}

// Assigns what was decoded, or keeps the first error.
class Decoding {
 public:
  template <typename T, typename Target>
  void take(Result<T> decoded, Target& target) {
    if (decoded) {
      target = static_cast<Target>(std::move(*decoded));
    } else if (!error_) {
      error_ = std::move(decoded.error());
    }
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

Result<std::string> decode_bootstrap_servers(const json& value) {
  auto text = decode_text(value, ".bootstrapServers", std::numeric_limits<std::size_t>::max());
  if (!text) return text;
  return parse_bootstrap_servers(*text).map([&](const auto&) { return *text; });
}

}  // namespace

Result<Spec> decode_spec(const json& spec) {
  if (!spec.is_object()) return invalid(" is required");
  if (auto error = unknown_field(spec)) return tl::unexpected<Error>(std::move(*error));
  Spec decoded;
  Decoding decoding;
  decoding.take(decode_bootstrap_servers(field(spec, "bootstrapServers")),
                decoded.bootstrap_servers);
  decoding.take(decode_text(field(spec, "groupId"), ".groupId", kMaxGroupLength), decoded.group);
  decoding.take(decode_topic(field(spec, "topic")), decoded.topic);
  if (const auto& partition = field(spec, "partition"); !partition.is_null()) {
    decoding.take(decode_integer(partition, ".partition", kAllPartitions,
                                 std::numeric_limits<std::int32_t>::max()),
                  decoded.partition);
  }
  decoding.take(decode_destination(field(spec, "to")), decoded.to);
  decoding.take(decode_choice(field(spec, "outOfRange"), ".outOfRange", OutOfRange::Clamp),
                decoded.out_of_range);
  decoding.take(decode_choice(field(spec, "timestampNotFound"), ".timestampNotFound",
                              TimestampNotFound::Latest),
                decoded.timestamp_not_found);
  decoding.take(decode_choice(field(spec, "whenActive"), ".whenActive", WhenActive::Wait),
                decoded.when_active);
  if (const auto& wait = field(spec, "waitSeconds"); !wait.is_null()) {
    decoding.take(decode_integer(wait, ".waitSeconds", 0, kMaxWaitSeconds), decoded.wait);
  }
  if (decoding.error()) return tl::unexpected<Error>(*decoding.error());
  return decoded;
}

json encode_spec(const Spec& spec) {
  json to;
  if (const auto* offset = std::get_if<ToOffset>(&spec.to)) to["offset"] = offset->offset;
  if (const auto* at = std::get_if<ToTimestamp>(&spec.to)) {
    to["timestamp"] = format_rfc3339(at->timestamp);
  }
  if (const auto* at = std::get_if<ToPosition>(&spec.to)) to["position"] = name_of(at->position);
  return {{"bootstrapServers", spec.bootstrap_servers},
          {"groupId", spec.group},
          {"topic", spec.topic},
          {"partition", spec.partition},
          {"to", std::move(to)},
          {"outOfRange", name_of(spec.out_of_range)},
          {"timestampNotFound", name_of(spec.timestamp_not_found)},
          {"whenActive", name_of(spec.when_active)},
          {"waitSeconds", spec.wait.count()}};
}

}  // namespace core
