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

// "127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9 failed: Connection refused (after 0ms in
// state CONNECT) (_TRANSPORT): identical to last error: error log suppressed" (2.14)
bool is_repeated_failure(std::string_view facility, std::string_view line) {
  return facility == "FAIL" && line.ends_with(": error log suppressed");
}

// Of the debug lines: that a handle was made or destroyed. The others are of each connection.
bool is_about_handles(std::string_view facility) {
  return facility == "INIT" || facility == "DESTROY";
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
  constexpr int kSyslogDebug = 7;
  auto* self = static_cast<LibraryLog*>(rd_kafka_opaque(handle));
  if (self == nullptr) return;
  if (is_about_abilities(facility)) {
    if (names_offset_delete(text)) self->knows_offset_delete_ = true;
    return;
  }
  // What fails as before is logged twice, and then for half a minute only as a debug line.
  const bool is_repeated = level == kSyslogDebug && is_repeated_failure(facility, text);
  if (level == kSyslogDebug && !is_repeated && !is_about_handles(facility)) return;
  const auto line = self->secrets_.without(text);
  // The only trace of a wrong listener: 2.14 logs such a disconnect at level 6 and raises no error.
  if (std::string_view(facility) == "FAIL") self->failures_.record(line);
  if (is_repeated || !self->may_log()) return;
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
