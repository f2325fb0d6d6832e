#include "kafka/library_log.h"

#include <string_view>

#include "base/log.h"

namespace kafka {

namespace {

// A line for each request that a broker knows, and for what the library makes of them.
bool is_about_abilities(std::string_view facility) {
  return facility == "APIVERSION" || facility == "FEATURE";
}

// "  ApiKey OffsetDeleteRequest (47) Versions 0..0" (2.14)
bool names_offset_delete(std::string_view line) {
  return line.find(" (47) Versions ") != std::string_view::npos;
}

}  // namespace

LibraryLog::LibraryLog(const core::Connection& connection)
    : server_name_(connection.tls && !connection.tls->insecure_skip_verify
                       ? connection.tls->server_name
                       : ""),
      secrets_(connection),
      failures_(connection) {}

void LibraryLog::on_line(const rd_kafka_t* handle, int level, const char* facility,
                         const char* text) {
  constexpr int kSyslogWarning = 4;
  auto* self = static_cast<LibraryLog*>(rd_kafka_opaque(handle));
  if (self == nullptr) return;
  if (is_about_abilities(facility)) {
    if (names_offset_delete(text)) self->knows_offset_delete_ = true;
    return;
  }
  const auto line = self->secrets_.without(text);
  // The only trace of a wrong listener: 2.14 logs such a disconnect at level 6 and raises no error.
  if (std::string_view(facility) == "FAIL") self->failures_.record(line);
  if (!self->may_log()) return;
  base::log(level <= kSyslogWarning ? base::Level::Warning : base::Level::Debug, "librdkafka",
            {{"facility", facility}, {"text", line}});
}

bool LibraryLog::may_log() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now - minute_start_ >= std::chrono::minutes(1)) {
    minute_start_ = now;
    lines_ = 0;
  }
  return ++lines_ <= kLinesAMinute;
}

}  // namespace kafka
