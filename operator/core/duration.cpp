#include "core/duration.h"

#include <array>
#include <cstdint>
#include <span>

namespace core {
namespace {

using std::chrono::milliseconds;

// Exact for everything that a person writes; a day is 24 hours.
__extension__ typedef __int128 Nanoseconds;  // NOLINT(modernize-use-using): GCC has no other way
constexpr Nanoseconds kMicrosecond = 1'000;
constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000 * kMillisecond;
constexpr Nanoseconds kMinute = 60 * kSecond;
constexpr Nanoseconds kHour = 60 * kMinute;
constexpr Nanoseconds kDay = 24 * kHour;
constexpr Nanoseconds kLongest = 36'500 * kDay;  // 100 years

class Parser {
 public:
  explicit Parser(std::string_view text) : left_(text) {}

  bool is_at_end() const { return left_.empty(); }

  bool skip(std::string_view token) {
    if (left_.substr(0, token.size()) != token) return false;
    left_.remove_prefix(token.size());
    return true;
  }

  // Digits, perhaps with a fraction: "12", "1.5", ".5", "3."
  bool number() {
    whole_ = 0;
    fraction_ = 0;
    scale_ = 1;
    const auto digits = read_digits([&](int digit) { whole_ = whole_ * 10 + digit; });
    std::size_t decimals = 0;
    if (skip(".")) {
      decimals = read_digits([&](int digit) {
        if (scale_ >= kMaxScale) return;  // finer than anything that counts
        fraction_ = fraction_ * 10 + digit;
        scale_ *= 10;
      });
    }
    return digits + decimals > 0 && whole_ <= kLongest;
  }

  // Adds the number that was read last, in that unit. Rounded up to whole nanoseconds.
  bool add(Nanoseconds unit) {
    total_ += whole_ * unit + (fraction_ * unit + scale_ - 1) / scale_;
    return total_ <= kLongest;
  }

  std::optional<milliseconds> total() const {
    if (total_ == 0) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>((total_ + kMillisecond - 1) / kMillisecond));
  }

 private:
  static constexpr Nanoseconds kMaxScale = 1'000'000'000'000;

  template <typename Take>
  std::size_t read_digits(Take take) {
    std::size_t count = 0;
    while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9' && whole_ <= kLongest) {
      take(left_.front() - '0');
      left_.remove_prefix(1);
      ++count;
    }
    return count;
  }

  std::string_view left_;
  Nanoseconds whole_ = 0;
  Nanoseconds fraction_ = 0;
  Nanoseconds scale_ = 1;
  Nanoseconds total_ = 0;
};

struct Unit {
  std::string_view name;
  Nanoseconds length;
};
// Longer names before those that they begin with.
constexpr std::array<Unit, 8> kGoUnits{{{"ms", kMillisecond},
                                        {"us", kMicrosecond},
                                        {"\xC2\xB5s", kMicrosecond},
                                        {"\xCE\xBCs", kMicrosecond},
                                        {"ns", 1},
                                        {"h", kHour},
                                        {"m", kMinute},
                                        {"s", kSecond}}};
constexpr std::array<Unit, 2> kIsoDateUnits{{{"W", 7 * kDay}, {"D", kDay}}};
constexpr std::array<Unit, 3> kIsoTimeUnits{{{"H", kHour}, {"M", kMinute}, {"S", kSecond}}};

std::optional<milliseconds> parse_go(std::string_view text) {
  Parser parser(text);
  do {
    if (!parser.number()) return std::nullopt;
    bool has_unit = false;
    for (const auto& [name, unit] : kGoUnits) {
      if (!parser.skip(name)) continue;
      if (!parser.add(unit)) return std::nullopt;
      has_unit = true;
      break;
    }
    if (!has_unit) return std::nullopt;
  } while (!parser.is_at_end());
  return parser.total();
}

// Each designator at most once, in order.
bool parse_designators(Parser& parser, std::span<const Unit> units) {
  auto unit = units.begin();
  bool has_any = false;
  while (!parser.is_at_end() && !parser.skip("T")) {
    if (!parser.number()) return false;
    while (unit != units.end() && !parser.skip(unit->name)) ++unit;
    if (unit == units.end() || !parser.add(unit->length)) return false;
    ++unit;
    has_any = true;
  }
  return has_any;
}

std::optional<milliseconds> parse_iso(std::string_view text) {
  const auto time_at = text.find('T');
  const auto date = text.substr(0, time_at);
  Parser parser(text);
  if (!date.empty() && !parse_designators(parser, kIsoDateUnits)) {
    return std::nullopt;
  }
  if (time_at == std::string_view::npos) return parser.total();
  if (date.empty()) parser.skip("T");
  if (!parse_designators(parser, kIsoTimeUnits)) {
    return std::nullopt;
  }
  return parser.total();
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text.front() == 'P' ? parse_iso(text.substr(1)) : parse_go(text);
}

}  // namespace core
