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

TEST_CASE("only what is finished for good is closed; a dry run waits for its approval") {
  using core::Reason;
  for (const Reason reason :
       {Reason::OffsetsReset, Reason::NothingToReset, Reason::TopicNotFound, Reason::Expired}) {
    CHECK(core::is_final(reason));
  }
  for (const Reason reason :
       {Reason::DryRunSucceeded, Reason::Planned, Reason::GroupActive, Reason::NotYet,
        Reason::Suspended, Reason::ConfigMapNotFound, Reason::KafkaUnavailable}) {
    CHECK_FALSE(core::is_final(reason));
  }
}
