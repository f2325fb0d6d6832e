#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/rfc3339.h"
#include "core/time_point.h"

// Values of statuses, as the CRDs have them. All of it throws nlohmann's exceptions where a value
// is of another type, or a number that does not fit: nlohmann itself would cut it, or convert a
// double that is out of range, which is undefined.
namespace core {

template <typename T>
T integer_of(const nlohmann::json& value, const char* key) {
  const bool fits = value.is_number_unsigned()
                        ? std::in_range<T>(value.get<std::uint64_t>())
                        : value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  if (!fits) {
    throw nlohmann::json::other_error::create(501, fmt::format("{} is no integer that fits", key),
                                              &value);
  }
  return value.get<T>();
}

template <typename T>
std::optional<T> optional_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if constexpr (std::integral<T> && !std::same_as<T, bool>) return integer_of<T>(*found, key);
  return found->get<T>();
}

template <typename T>
T value_at(const nlohmann::json& object, const char* key) {
  return optional_at<T>(object, key).value_or(T{});
}

inline std::optional<TimePoint> time_at(const nlohmann::json& object, const char* key) {
  const auto text = optional_at<std::string>(object, key);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) {
    throw nlohmann::json::other_error::create(501, fmt::format("{} is no RFC 3339 time", key),
                                              &object);
  }
  return time;
}

}  // namespace core
