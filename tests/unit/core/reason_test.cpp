#include "core/reason.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

TEST_CASE("every reason has a name of its own, and is found by it") {
  std::set<std::string> names;
  for (unsigned value = 0; value <= static_cast<unsigned>(core::kLastReason); ++value) {
    const auto reason = static_cast<core::Reason>(value);
    const std::string name(to_string(reason));
    CAPTURE(name);
    CHECK(names.insert(name).second);
    CHECK(core::reason_from(name) == reason);
  }
  CHECK_FALSE(core::reason_from("Planed").has_value());
}

TEST_CASE("only what is finished for good is closed") {
  using core::Kind;
  for (const Kind kind : {Kind::Success, Kind::UserError, Kind::TerminalError}) {
    CHECK(core::is_closed(kind));
  }
  for (const Kind kind : {Kind::Working, Kind::Waiting, Kind::FixableError, Kind::TransientError}) {
    CHECK_FALSE(core::is_closed(kind));
  }
}
