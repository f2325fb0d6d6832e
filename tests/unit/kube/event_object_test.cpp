#include "kube/event_object.h"

#include <doctest/doctest.h>

#include "kube/micro_time.h"
#include "support/builders.h"

namespace {

using kube::Regarding;
using nlohmann::json;

kube::Telling telling() {
  return kube::telling_of({{"payments", "replay"},
                           "uid-of-replay",
                           core::Event::Type::Warning,
                           "OffsetsMoved",
                           "consumers have moved on"});
}

std::string name_for(const std::string& resource, std::uint64_t number) {
  Regarding regarding = telling().regarding;
  regarding.name = resource;
  return event_name(regarding, number);
}

}  // namespace

TEST_CASE("an event names the resource, who tells it, and what happened") {
  const auto event = event_object(telling(), "replay.1", "pod-1", tests::at_second(1));
  CHECK(event == json::parse(R"({
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "metadata": {"name": "replay.1", "namespace": "payments"},
    "eventTime": ")" + kube::format_micro_time(tests::at_second(1)) +
                             R"(",
    "reportingController": "offsetreset.io/offset-reset-operator",
    "reportingInstance": "pod-1",
    "action": "ResetOffsets",
    "reason": "OffsetsMoved",
    "type": "Warning",
    "note": "consumers have moved on",
    "regarding": {"apiVersion": "offsetreset.io/v1alpha1", "kind": "OffsetReset",
                  "namespace": "payments", "name": "replay", "uid": "uid-of-replay"}
  })"));
}

TEST_CASE("a time has six digits of a second, as the server wants it") {
  using std::chrono::microseconds;
  CHECK(kube::format_micro_time(kube::MicroTime(microseconds(1'500'007))) ==
        "1970-01-01T00:00:01.500007Z");
  CHECK(kube::format_micro_time(kube::MicroTime(microseconds(0))) == "1970-01-01T00:00:00.000000Z");
}

TEST_CASE("a note that is too long is cut, never within a character") {
  const std::string fits(kube::kNoteLimit, 'x');
  CHECK(kube::cut_note(fits) == fits);
  CHECK(kube::cut_note(fits + "x") == std::string(1021, 'x') + "...");
  // Four bytes each: 255 of them are 1020.
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\xF0\x9F\x98\x80";
  CHECK(kube::cut_note(wide) == wide.substr(0, 1020) + "...");
  for (const std::size_t shift : {1U, 2U, 3U}) {
    const auto cut = kube::cut_note(std::string(shift, 'x') + wide);
    CHECK(cut.size() <= kube::kNoteLimit);
    CHECK((cut.size() - shift - 3) % 4 == 0);
  }
}

TEST_CASE("an event's name is one that Kubernetes takes, however long the resource's is") {
  CHECK(name_for("replay", 255) == "replay.00000000000000ff");
  const std::string longest(253, 'a');
  CHECK(name_for(longest, 1) == std::string(236, 'a') + ".0000000000000001");
  std::string dotted = longest;
  dotted.replace(233, 3, ".--");
  CHECK(name_for(dotted, 1) == std::string(233, 'a') + ".0000000000000001");
}
