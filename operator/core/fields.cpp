#include "core/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "core/rfc3339.h"
#include "core/topic_name.h"

namespace core {
namespace {

// 9999-12-31T23:59:59.999Z: what RFC 3339 can still write.
constexpr std::int64_t kMaxTimestamp = 253'402'300'799'999;

const Fields::Json& absent() {
  static const Fields::Json kAbsent;
  return kAbsent;
}

// Code points, as the API server counts maxLength.
std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::optional<std::int64_t> integer_in(const Fields::Json& value, std::int64_t least,
                                       std::int64_t most) {
  const bool is_too_big =
      value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (!value.is_number_integer() || is_too_big) return std::nullopt;
  const auto integer = value.get<std::int64_t>();
  return integer < least || integer > most ? std::nullopt : std::optional(integer);
}

// RFC 3339, in a text that is not absurdly long.
std::optional<TimePoint> time_in(const Fields::Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kMaxTimeLength ? parse_rfc3339(text) : std::nullopt;
}

bool can_be_written(const std::optional<TimePoint>& time) {
  return time && time->time_since_epoch().count() >= 0 &&
         time->time_since_epoch().count() <= kMaxTimestamp;
}

}  // namespace

Fields::Fields(const Json& object, std::string path, std::optional<Error>& error)
    : object_(&object), path_(std::move(path)), error_(&error) {
  if (!object.is_object()) refuse(path_ + " is required");
}

const Fields::Json& Fields::at(const char* key) const {
  if (!object_->is_object()) return absent();
  const auto found = object_->find(key);
  return found == object_->end() ? absent() : *found;
}

void Fields::refuse(std::string message) const {
  if (!*error_) *error_ = Error{Reason::InvalidSpec, std::move(message)};
}

void Fields::refuse_others_than(std::initializer_list<std::string_view> known) {
  if (!object_->is_object()) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    refuse(
        fmt::format("{}.{} is not known to this operator; the installed CRD is newer than it: "
                    "upgrade the operator",
                    path_, key));
  }
}

Fields Fields::object(const char* key) const { return {at(key), path_of(key), *error_}; }

const Fields::Json& Fields::list(const char* key, std::size_t most) const {
  static const Json kNone = Json::array();
  const Json& list = at(key);
  if (list.is_array() && !list.empty() && list.size() <= most) return list;
  refuse(fmt::format("{} must be a list of 1 to {}", path_of(key), most));
  return kNone;
}

std::vector<Fields> Fields::objects(const char* key, std::size_t most) const {
  std::vector<Fields> objects;
  for (const Json& element : list(key, most)) {
    objects.emplace_back(element, fmt::format("{}[{}]", path_of(key), objects.size()), *error_);
  }
  return objects;
}

std::string Fields::text(const char* key, std::size_t longest) const {
  const Json& value = at(key);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    refuse(path_of(key) + " is required");
    return {};
  }
  const auto& text = value.get_ref<const std::string&>();
  if (characters(text) > longest) {
    refuse(fmt::format("{} is longer than {} characters", path_of(key), longest));
  }
  return text;
}

std::string Fields::topic(const char* key) const {
  constexpr std::size_t kLongest = 249;  // Kafka's own limit
  auto name = text(key, kLongest);
  if (!is_topic_name(name)) {
    refuse(fmt::format("{}: \"{}\" is no name of a topic; write letters, digits, '.', '_' and '-'",
                       path_of(key), name));
  }
  return name;
}

// A DNS subdomain (RFC 1123): what the API server takes for the name of an object.
std::string Fields::object_name(const char* key) const {
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  const auto is_edge = [](char c) { return c != '-' && c != '.'; };
  auto name = text(key, kMaxNameLength);
  if (name.empty()) return name;
  if (name.find_first_not_of(kInside) != std::string::npos || !is_edge(name.front()) ||
      !is_edge(name.back()) || name.find("..") != std::string::npos) {
    refuse(
        fmt::format("{}: \"{}\" is no name of an object; write lower case letters, digits, '-' "
                    "and '.'",
                    path_of(key), name));
  }
  return name;
}

std::optional<std::int64_t> Fields::optional_integer(const char* key, std::int64_t least,
                                                     std::int64_t most) const {
  if (!has(key)) return std::nullopt;
  const auto integer = integer_in(at(key), least, most);
  if (!integer) {
    refuse(fmt::format("{} must be an integer from {} to {}", path_of(key), least, most));
  }
  return integer;
}

std::int64_t Fields::integer(const char* key, std::int64_t least, std::int64_t most,
                             std::int64_t by_default) const {
  return optional_integer(key, least, most).value_or(by_default);
}

std::vector<std::int64_t> Fields::integers(const char* key, std::int64_t least, std::int64_t most,
                                           std::size_t longest) const {
  std::vector<std::int64_t> integers;
  for (const Json& element : list(key, longest)) {
    const auto integer = integer_in(element, least, most);
    if (!integer) {
      refuse(fmt::format("{}[{}] must be an integer from {} to {}", path_of(key), integers.size(),
                         least, most));
    }
    integers.push_back(integer.value_or(least));
  }
  return integers;
}

std::vector<std::string> Fields::texts(const char* key, std::size_t most,
                                       std::size_t longest) const {
  std::vector<std::string> texts;
  for (const Json& element : list(key, most)) {
    const bool is_good = element.is_string() && !element.get_ref<const std::string&>().empty() &&
                         characters(element.get_ref<const std::string&>()) <= longest;
    if (!is_good) {
      refuse(fmt::format("{}[{}] must be a text of 1 to {} characters", path_of(key), texts.size(),
                         longest));
    }
    texts.push_back(is_good ? element.get<std::string>() : std::string());
  }
  return texts;
}

std::map<std::string, std::string> Fields::text_map(const char* key, std::size_t most,
                                                    std::size_t longest) const {
  std::map<std::string, std::string> texts;
  if (!has(key)) return texts;
  const Json& map = at(key);
  if (!map.is_object() || map.size() > most) {
    refuse(fmt::format("{} must have at most {} entries", path_of(key), most));
    return texts;
  }
  for (const auto& [name, value] : map.items()) {
    const bool is_good =
        value.is_string() && characters(value.get_ref<const std::string&>()) <= longest;
    if (!is_good) {
      refuse(fmt::format("{}.{} must be a text of at most {} characters", path_of(key), name,
                         longest));
    }
    texts.emplace(name, is_good ? value.get<std::string>() : std::string());
  }
  return texts;
}

bool Fields::flag(const char* key) const {
  const Json& value = at(key);
  if (value.is_null()) return false;
  if (!value.is_boolean()) refuse(path_of(key) + " must be true or false");
  return value.is_boolean() && value.get<bool>();
}

std::optional<TimePoint> Fields::date_time(const char* key) const {
  if (!has(key)) return std::nullopt;
  const auto time = time_in(at(key));
  if (!can_be_written(time)) {
    refuse(path_of(key) + " must be RFC 3339 from 1970 on, such as \"2026-11-22T08:00:00Z\"");
  }
  return time;
}

std::optional<TimePoint> Fields::instant(const char* key) const {
  const Json& value = at(key);
  auto time = time_in(value);
  if (const auto millis = integer_in(value, 0, kMaxTimestamp)) {
    time = TimePoint(std::chrono::milliseconds(*millis));
  }
  if (!can_be_written(time)) {
    refuse(path_of(key) +
           " must be RFC 3339 from 1970 on, such as \"2026-11-22T08:00:00Z\", or milliseconds "
           "since then, such as 1571812144000");
  }
  return time;
}

}  // namespace core
