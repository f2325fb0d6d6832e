#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

// One JSON line per event on standard error: {"ts", "level", "msg", then the event's own fields}.
// The message is constant; what varies is a named value, so that logs can be searched and counted.
// Secrets never come here. Safe to call from any thread.
namespace base {

enum class Level : unsigned char { Debug, Info, Warning, Error };

struct Field {
  std::string_view key;
  nlohmann::json value;
};
using Fields = std::initializer_list<Field>;

std::string_view to_string(Level level);
std::optional<Level> level_from(std::string_view name);  // debug, info, warning, error

void set_log_level(Level lowest);
void log(Level level, std::string_view message, Fields fields = {});

inline void log_debug(std::string_view message, Fields fields = {}) {
  log(Level::Debug, message, fields);
}
inline void log_info(std::string_view message, Fields fields = {}) {
  log(Level::Info, message, fields);
}
inline void log_warning(std::string_view message, Fields fields = {}) {
  log(Level::Warning, message, fields);
}
inline void log_error(std::string_view message, Fields fields = {}) {
  log(Level::Error, message, fields);
}

}  // namespace base
