#include <doctest/doctest.h>

#include "support/operator/inject.h"

// Each fault at each moment of a reset: nothing is lost, nothing is repeated, nothing false is
// told. The table of what came of it is printed at the end (faults_table_test.cpp).
namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Fault next(Fault::What what, int times) { return {.what = what, .times = times}; }

Fault answers(int code, int times) { return {.times = times, .code = code}; }

Fault throttled(int code) {
  Fault fault = answers(code, 2);
  fault.retry_after_seconds = 1;
  return fault;
}

Fault write(Fault fault, const std::string& method = "PUT") {
  fault.method = method;
  return fault;
}

Fault of(const std::string& path_part, Fault fault) {
  fault.path_part = path_part;
  return fault;
}

FaultCase watch(std::string what, std::function<void(Story&)> fault,
                std::function<void(Story&)> meanwhile = {}) {
  return {std::move(what), {.fault = std::move(fault), .meanwhile = std::move(meanwhile)}};
}

// As a server sends it again, or late.
std::string event(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

json first_version(Story& story) { return story.stored().all_changes().front().after; }

void for_some_turns(Story& story, const std::function<void()>& action) {
  if (story.turns_since_fault() <= 10) action();
}

FaultCase elects(FaultCase of_leader) {
  of_leader.plot.elects_leader = true;
  return of_leader;
}

TEST_CASE("F2: a reply is lost after the request was applied") {
  inject("F2",
         {requests("reply to a status write lost", write(next(Fault::What::DropReply, 1))),
          requests("replies to 3 writes lost", write(next(Fault::What::DropReply, 3))),
          requests("reply to the deletion lost", write(next(Fault::What::DropReply, 1), "DELETE")),
          requests("replies to 6 requests of any kind lost", next(Fault::What::DropReply, 6)),
          requests("3 replies end in their middle", next(Fault::What::HalfAnswer, 3)),
          elects(requests("replies to 5 renewals of the lease lost",
                          of("/leases/", write(next(Fault::What::DropReply, 5)))))});
}

TEST_CASE("F3: writes are refused as conflicts") {
  inject("F3", {requests("409 to the next write", write(answers(409, 1))),
                requests("409 to 4 writes in a row", write(answers(409, 4))),
                requests("409 to the deletion", write(answers(409, 1), "DELETE"))});
}

TEST_CASE("F4: the API server refuses, or hangs") {
  inject("F4",
         {requests("429 with Retry-After, twice", throttled(429)),
          requests("503 with Retry-After, twice", throttled(503)),
          requests("500, 3 times", answers(500, 3)), requests("503, 3 times", answers(503, 3)),
          requests("504, 3 times", answers(504, 3)), requests("401 once", answers(401, 1)),
          requests("403, 3 times", answers(403, 3)),
          requests("403 to 3 writes", write(answers(403, 3))),
          requests("garbage, 3 times", next(Fault::What::Garbage, 3)),
          requests("no answer, twice", {.what = Fault::What::Silence, .times = 2, .delay = 2s}),
          requests("slow answers", {.what = Fault::What::SlowBytes, .times = 5, .delay = 1ms}),
          requests("broken connections, 3 times", next(Fault::What::DropRequest, 3))});
}

TEST_CASE("F5: what the watch or the list goes on from has expired") {
  inject("F5", {watch("410 as the answer to a watch",
                      [](Story& story) {
                        story.server().inject(of("watch=true", answers(410, 2)));
                        story.server().cut_watches();
                      }),
                watch("410 as an ERROR event",
                      [](Story& story) {
                        story.server().send_to_watches(event(
                            "ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}}));
                      }),
                watch("the server has forgotten its history", [](Story& story) {
                  story.stored().forget_history();
                  story.server().cut_watches();
                })});
}

TEST_CASE("F6: the watch brings nonsense, or breaks") {
  inject("F6",
         {watch("events twice",
                [](Story& story) {
                  const json now = story.reset();
                  if (!now.is_null()) story.server().send_to_watches(event("MODIFIED", now));
                }),
          watch("an event of before",
                [](Story& story) {
                  story.server().send_to_watches(event("ADDED", first_version(story)));
                }),
          watch("garbage",
                [](Story& story) { story.server().send_to_watches("<html>no JSON</html>\n"); }),
          watch("half a line, and the end",
                [](Story& story) {
                  story.server().send_to_watches(R"({"type":"MODIFIED","object":{"meta)");
                  story.server().cut_watches();
                }),
          watch(
              "watches that break at once", [](Story& story) { story.server().cut_watches(); },
              [](Story& story) { for_some_turns(story, [&] { story.server().cut_watches(); }); }),
          watch(
              "watches that end at once", [](Story& story) { story.server().end_watches(); },
              [](Story& story) { for_some_turns(story, [&] { story.server().end_watches(); }); })});
}

TEST_CASE("F19: events or the lease can't be written") {
  const auto many = [](Fault fault) {
    fault.times = 1'000'000;
    return fault;
  };
  inject("F19", {requests("500 to every event", many(of("/events", answers(500, 1)))),
                 requests("no answer to events",
                          many(of("/events", {.what = Fault::What::Silence, .delay = 2s}))),
                 elects({"the lease is not reached until it is lost",
                         {.fault =
                              [many](Story& story) {
                                story.server().inject(many(of("/leases", answers(503, 1))));
                              },
                          .meanwhile =
                              [](Story& story) {
                                if (story.has_restarted()) story.server().heal();
                              }}})});
}

}  // namespace
}  // namespace tests
