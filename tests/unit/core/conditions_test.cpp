#include "core/conditions.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "support/builders.h"

using core::Kind;
using core::Reason;
using tests::at_second;

namespace {

std::map<std::string, std::string> statuses(const core::Status& status) {
  std::map<std::string, std::string> found;
  for (const auto& condition : status.conditions) found[condition.type] = condition.status;
  return found;
}

}  // namespace

TEST_CASE("conditions follow kstatus") {
  struct Case {
    std::string sentence;
    Reason reason;
    std::map<std::string, std::string> conditions;
  };
  const std::vector<Case> cases{
      {"done", Reason::OffsetsReset, {{"Ready", "True"}, {"Succeeded", "True"}}},
      {"tried", Reason::DryRunSucceeded, {{"Ready", "True"}, {"Succeeded", "True"}}},
      {"suspended", Reason::Suspended, {{"Ready", "False"}, {"Succeeded", "Unknown"}}},
      {"before its time",
       Reason::NotYet,
       {{"Ready", "False"}, {"Reconciling", "True"}, {"Succeeded", "Unknown"}}},
      {"working",
       Reason::Planned,
       {{"Ready", "Unknown"}, {"Reconciling", "True"}, {"Succeeded", "Unknown"}}},
      {"waiting for the group",
       Reason::GroupActive,
       {{"Ready", "False"}, {"Reconciling", "True"}, {"Succeeded", "Unknown"}}},
      {"failed for now",
       Reason::KafkaUnavailable,
       {{"Ready", "False"}, {"Reconciling", "True"}, {"Succeeded", "Unknown"}}},
      {"waiting for a person",
       Reason::NotAuthenticated,
       {{"Ready", "False"}, {"Stalled", "True"}, {"Succeeded", "Unknown"}}},
      {"refused",
       Reason::TopicNotFound,
       {{"Ready", "False"}, {"Stalled", "True"}, {"Succeeded", "False"}}},
      {"failed",
       Reason::OffsetsMoved,
       {{"Ready", "False"}, {"Stalled", "True"}, {"Succeeded", "False"}}},
  };
  for (const auto& [sentence, reason, conditions] : cases) {
    CAPTURE(sentence);
    core::Status status;
    set_outcome(status, {Reason::Planned, "before"}, 1, at_second(1));
    set_outcome(status, {reason, "because"}, 1, at_second(2));
    CHECK(statuses(status) == conditions);
    CHECK(status.closed == is_final(reason));
    CHECK(status.completion_time.has_value() ==
          (kind_of(reason) == Kind::Success || status.closed));
    CHECK(status.observed_generation == 1);
    CHECK(reason_of(status) == reason);
  }
}

TEST_CASE("lastTransitionTime moves only when the condition's status does") {
  core::Status status;
  set_outcome(status, {Reason::GroupActive, "one member"}, 1, at_second(1));
  set_outcome(status, {Reason::GroupActive, "two members"}, 1, at_second(2));
  CHECK(status.conditions.front().message == "two members");
  CHECK(status.conditions.front().last_transition_time == at_second(1));
  set_outcome(status, {Reason::OffsetsReset, "done"}, 1, at_second(3));
  CHECK(status.conditions.front().last_transition_time == at_second(3));
  CHECK(status.start_time == at_second(1));
}

TEST_CASE("the same outcome again changes nothing, so there is nothing to write") {
  core::Status status;
  set_outcome(status, {Reason::GroupActive, "one member"}, 1, at_second(1));
  core::Status again = status;
  set_outcome(again, {Reason::GroupActive, "one member"}, 1, at_second(60));
  CHECK(again == status);
}

TEST_CASE("another manager's conditions are kept") {
  core::Status status;
  status.conditions.push_back({"Audited", "True", 1, at_second(1), "ByHand", ""});
  set_outcome(status, {Reason::OffsetsReset, "done"}, 1, at_second(2));
  CHECK(statuses(status).at("Audited") == "True");
}

TEST_CASE("a message is cut to what a condition may hold, at a character") {
  std::string message;
  while (message.size() < 40'000) message += "\xC3\xA4";
  core::Status status;
  set_outcome(status, {Reason::KafkaUnavailable, message}, 1, at_second(1));
  const std::string& shown = status.conditions.front().message;
  CHECK(shown.size() <= 32'768);
  CHECK(shown.substr(shown.size() - 5) == "\xC3\xA4...");
}

TEST_CASE("rows are a saved plan, but for those of a dry run") {
  core::Status status;
  CHECK_FALSE(has_saved_plan(status));
  status.rows.push_back({"orders", 0, 90, 10, 0, 100, {}});
  set_outcome(status, {Reason::Planned, "planned"}, 1, at_second(1));
  CHECK(has_saved_plan(status));
  set_outcome(status, {Reason::DryRunSucceeded, "shown"}, 1, at_second(1));
  CHECK_FALSE(has_saved_plan(status));
}
