#include <doctest/doctest.h>

#include "core/rfc3339.h"
#include "support/operator/inject.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

bool is_saved(const Moment& at) { return !is_before(at, "after SavePlan"); }

// Enough passes for anything to happen that could.
bool has_rested(Story& story) { return story.passes_since_fault() > 5; }

Story::Plot edits(const std::function<void(json&)>& change, const json& spec = json::object()) {
  return {.fault = [change](Story& story) { story.edit_status(change); },
          .spec = spec,
          .most_status_writes = 8,
          .most_events = 2};
}

FaultCase created_again(std::string what) {
  return {std::move(what),
          {.fault =
               [](Story& story) {
                 story.remove();
                 story.create();
               },
           .most_status_writes = 8,
           .most_events = 2},
          [](const Moment&) {
            Ending ending = reset_once();
            ending.reasons = {"OffsetsReset", "NothingToReset"};
            return ending;
          }};
}

FaultCase edited(std::string what, const std::function<void(json&)>& change) {
  return {std::move(what), edits(change)};
}

FaultCase pruned(std::string what, const std::string& field) {
  return {std::move(what), {.fault = [field](Story& story) {
            story.stored().prune_statuses([field](json& status) { status.erase(field); });
          }}};
}

TEST_CASE("F11: the reset is deleted") {
  inject("F11",
         {{"deleted",
           {.fault = [](Story& story) { story.remove(); }},
           [](const Moment& at) {
             if (is_before(at, "after Wait")) return nothing_but({});
             if (is_before(at, "before SavePlan") || at.name == "before SavePlan") {
               return nothing_but({"GroupActive"});
             }
             Ending ending = reset_once();
             ending.reasons = {"Planned", "OffsetsReset"};
             return ending;
           }},
          created_again("deleted, and created again under its name"),
          {"its namespace is terminating",
           {.fault =
                [](Story& story) {
                  story.edit([](json& object) {
                    object["metadata"]["deletionTimestamp"] = "2026-11-22T09:00:00Z";
                  });
                },
            .is_over = [](Story& story) { return story.is_finished() || has_rested(story); }},
           [](const Moment& at) {
             if (is_before(at, "after Wait")) return nothing_but({});
             return is_saved(at) ? reset_once() : nothing_but({"GroupActive"});
           }}});
}

TEST_CASE("F12: the definition goes, or is an older one") {
  inject("F12", {{"removed, and installed again",
                  {.fault = [](Story& story) { story.server().uninstall_definition(); },
                   .meanwhile =
                       [](Story& story) {
                         if (story.turns_since_fault() == 10)
                           story.server().uninstall_definition(false);
                       }}},
                 {"one that does not know status.partitions", pruned("", "partitions").plot,
                  [](const Moment& at) {
                    return is_saved(at) ? reset_once() : nothing_but({"InternalError"});
                  }},
                 pruned("one that does not know status.summary", "summary"),
                 pruned("one that does not know status.closed", "closed")});
}

TEST_CASE("F14: the status is too large") {
  inject("F14", {{"413 to the next write",
                  requests("", {.method = "PUT", .path_part = "/status", .code = 413}).plot,
                  [](const Moment& at) {
                    const bool is_plan = at.name == "after ReadKafka" ||
                                         at.name == "before SavePlan" ||
                                         at.name == "before ReadKafka" || at.name == "after Wait";
                    return is_plan ? nothing_but({"InternalError"}) : reset_once();
                  }}});
}

TEST_CASE("F17: the reset is restored without its status") {
  inject("F17", {{"restored without status, after its notAfter",
                  {.fault =
                       [](Story& story) {
                         story.remove();
                         story.set_clock(48h);
                         story.create({{"notAfter", core::format_rfc3339(story.now() -
                                                                         std::chrono::hours(24))}});
                       },
                   .most_status_writes = 8,
                   .most_events = 2},
                  [](const Moment& at) {
                    return is_saved(at) ? Ending{{"Expired"}, 1, reset_once().committed}
                                        : nothing_but({"Expired"});
                  }},
                 created_again("restored without status")});
}

TEST_CASE("F18: somebody else edits the reset") {
  const auto wiped = [](const Moment& at) {
    Ending ending = reset_once();
    ending.reasons = {"OffsetsReset", "NothingToReset"};
    if (at.name == "before DeleteReset") ending.reasons.clear();
    return ending;
  };
  const auto wiped_shift = [wiped](const Moment& at) {
    Ending ending = wiped(at);
    ending.committed = {{0, 85}, {1, 75}};
    if (is_saved(at) && is_before(at, "before DeleteReset")) ending.reasons = {"OffsetsMoved"};
    if (at.name == "after Finish") ending.reasons.insert("OffsetsReset");
    return ending;
  };
  inject("F18",
         {{"a label is set",
           {.fault =
                [](Story& story) {
                  story.edit([](json& object) { object["metadata"]["labels"]["team"] = "a"; });
                }}},
          edited("a condition is added",
                 [](json& status) {
                   status["conditions"].push_back({{"type", "Audited"},
                                                   {"status", "True"},
                                                   {"observedGeneration", 1},
                                                   {"lastTransitionTime", "2026-11-22T08:00:00Z"},
                                                   {"reason", "Looked"},
                                                   {"message", ""}});
                 }),
          edited("the summary is removed", [](json& status) { status.erase("summary"); }),
          {"the status is wiped", edits([](json& status) { status = json::object(); }), wiped},
          {"the status is wiped, of a reset by a distance",
           edits([](json& status) { status = json::object(); }, {{"to", {{"shiftBy", -5}}}}),
           wiped_shift}});
}

}  // namespace
}  // namespace tests
