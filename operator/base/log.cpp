#include "base/log.h"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace base {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;  // unreachable: every enumerator is above
}

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = spdlog::stderr_logger_mt("operator");
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *logger;
}

std::string timestamp_now() {
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis);
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return "error";  // unreachable: every enumerator is above
}

std::optional<Level> level_from(std::string_view name) {
  for (const Level level : {Level::Debug, Level::Info, Level::Warning, Level::Error}) {
    if (to_string(level) == name) return level;
  }
  return std::nullopt;
}

void set_log_level(Level lowest) { sink().set_level(to_spdlog(lowest)); }

void log(Level level, std::string_view message, Fields fields) {
  if (!sink().should_log(to_spdlog(level))) return;
  nlohmann::ordered_json line{
      {"ts", timestamp_now()}, {"level", to_string(level)}, {"msg", message}};
  for (const Field& field : fields) line[std::string(field.key)] = field.value;
  // Foreign text (a broker's, a resource's) may be no valid UTF-8: replaced, never thrown on.
  sink().log(to_spdlog(level), "{}",
             line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace base
