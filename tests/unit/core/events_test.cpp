#include "core/events.h"

#include <doctest/doctest.h>

#include "core/conditions.h"
#include "support/builders.h"

using core::Event;
using core::OffsetReset;
using core::Reason;
using tests::at_second;
using tests::SpecBuilder;

namespace {

OffsetReset with(Reason reason, core::Spec spec = SpecBuilder()) {
  OffsetReset resource = tests::resource(std::move(spec));
  set_outcome(resource.status, {reason, "what was done"}, 1, at_second(1));
  return resource;
}

}  // namespace

TEST_CASE("a straight reset is one event") {
  CHECK(events_of(tests::resource(), with(Reason::Planned)).empty());
  const auto events = events_of(with(Reason::Planned), with(Reason::OffsetsReset));
  REQUIRE(events.size() == 1);
  CHECK(events[0] == Event{{"payments", "replay"},
                           "uid-of-replay",
                           Event::Type::Normal,
                           "OffsetsReset",
                           "what was done"});
}

TEST_CASE("while a reason stays there is no event") {
  CHECK(events_of(with(Reason::GroupActive), with(Reason::GroupActive)).empty());
}

TEST_CASE("what a person must act on is a warning") {
  const auto type = [](Reason reason) {
    return events_of(tests::resource(), with(reason)).at(0).type;
  };
  CHECK(type(Reason::GroupActive) == Event::Type::Normal);
  CHECK(type(Reason::Suspended) == Event::Type::Normal);
  CHECK(type(Reason::DryRunSucceeded) == Event::Type::Normal);
  CHECK(type(Reason::GuardExceeded) == Event::Type::Warning);
  CHECK(type(Reason::ConfigMapNotFound) == Event::Type::Warning);
  CHECK(type(Reason::OffsetsMoved) == Event::Type::Warning);
  CHECK(type(Reason::KafkaUnavailable) == Event::Type::Warning);
}

TEST_CASE("a time to live on what a GitOps tool applies is warned of when it begins") {
  OffsetReset after = with(Reason::OffsetsReset, SpecBuilder().ttl(std::chrono::seconds(60)));
  CHECK(events_of(with(Reason::Planned), after).size() == 1);
  after.gitops_tool = "Argo CD";
  const auto events = events_of(with(Reason::Planned), after);
  REQUIRE(events.size() == 2);
  CHECK(events[1].type == Event::Type::Warning);
  CHECK(events[1].reason == "WillBeAppliedAgain");
  CHECK(events[1].note.find("Argo CD") != std::string::npos);
}
