#include "core/rfc3339.h"

#include <date/date.h>

#include <algorithm>

namespace core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes from the front of a text; every take says whether it found what it wanted.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool is_at_end() const { return rest_.empty(); }

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits.
  std::optional<int> number(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  std::string_view digits() {
    const auto length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }

 private:
  std::string_view rest_;
};

std::optional<date::sys_days> take_date(Cursor& text) {
  const auto year = text.number(4);
  if (!year || !text.take('-')) return std::nullopt;
  const auto month = text.number(2);
  if (!month || !text.take('-')) return std::nullopt;
  const auto day = text.number(2);
  if (!day) return std::nullopt;
  const date::year_month_day date{date::year(*year), date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date::sys_days(date);
}

// The fraction after '.', rounded up to milliseconds.
std::optional<milliseconds> take_fraction(Cursor& text) {
  const auto digits = text.digits();
  if (digits.empty()) return std::nullopt;
  std::string first_three(digits.substr(0, 3));
  first_three.resize(3, '0');
  const bool is_finer =
      digits.size() > 3 && digits.find_first_not_of('0', 3) != std::string_view::npos;
  return milliseconds(std::stoi(first_three) + (is_finer ? 1 : 0));
}

std::optional<milliseconds> take_time_of_day(Cursor& text) {
  const auto hour = text.number(2);
  if (!hour || *hour > 23 || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2);
  if (!minute || *minute > 59 || !text.take(':')) return std::nullopt;
  const auto second = text.number(2);
  if (!second || *second > 60) return std::nullopt;
  milliseconds time = hours(*hour) + minutes(*minute) + seconds(*second);
  if (!text.take('.')) return time;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return time + *fraction;
}

// "Z", or what local time is ahead of UTC.
std::optional<minutes> take_offset(Cursor& text) {
  if (text.take('Z') || text.take('z')) return minutes(0);
  const int sign = text.take('+') ? 1 : text.take('-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hour = text.number(2);
  if (!hour || *hour > 23 || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  return sign * (hours(*hour) + minutes(*minute));
}

}  // namespace

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || !(cursor.take('T') || cursor.take('t'))) return std::nullopt;
  const auto time = take_time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto offset = take_offset(cursor);
  if (!offset || !cursor.is_at_end()) return std::nullopt;
  return TimePoint(date->time_since_epoch() + *time - *offset);
}

std::string format_rfc3339(TimePoint time) { return date::format("%FT%TZ", time); }

std::string format_rfc3339_seconds(TimePoint time) {
  return date::format("%FT%TZ", date::floor<seconds>(time));
}

}  // namespace core
