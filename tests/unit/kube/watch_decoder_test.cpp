#include "kube/watch_decoder.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using kube::WatchDecoder;
using kube::WatchEvent;
using Type = WatchEvent::Type;

// Names with two-, three- and four-byte characters, and an escaped line end.
const std::string kStream =
    R"({"type":"ADDED","object":{"metadata":{"name":"größe"}}})"
    "\n"
    R"({"type":"MODIFIED","object":{"metadata":{"name":"日本語 €"},"note":"a\nb"}})"
    "\r\n\n"
    R"({"type":"DELETED","object":{"metadata":{"name":"𝄞"}}})"
    "\n"
    R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}})"
    "\n"
    R"({"type":"ERROR","object":{"kind":"Status","code":410}})"
    "\n";

std::vector<WatchEvent> all_at_once() {
  WatchDecoder decoder;
  std::vector<WatchEvent> events;
  REQUIRE(decoder.decode(kStream, events));
  return events;
}

TEST_CASE("each line of a watch is an event of one of five types") {
  const auto events = all_at_once();
  REQUIRE(events.size() == 5);
  CHECK(events[0].type == Type::Added);
  CHECK(events[1].type == Type::Modified);
  CHECK(events[2].type == Type::Deleted);
  CHECK(events[3].type == Type::Bookmark);
  CHECK(events[4].type == Type::Error);
  CHECK(events[0].object["metadata"]["name"] == "größe");
  CHECK(events[1].object["note"] == "a\nb");
}

TEST_CASE("a watch may be cut at any byte, also within a character") {
  const auto expected = all_at_once();
  for (std::size_t cut = 0; cut <= kStream.size(); ++cut) {
    CAPTURE(cut);
    WatchDecoder decoder;
    std::vector<WatchEvent> events;
    REQUIRE(decoder.decode(std::string_view(kStream).substr(0, cut), events));
    REQUIRE(decoder.decode(std::string_view(kStream).substr(cut), events));
    CHECK(events == expected);
    CHECK_FALSE(decoder.is_amid_line());
  }
}

TEST_CASE("a watch may come byte by byte") {
  WatchDecoder decoder;
  std::vector<WatchEvent> events;
  for (const char c : kStream) REQUIRE(decoder.decode({&c, 1}, events));
  CHECK(events == all_at_once());
}

TEST_CASE("an event is told when its line is complete, and not before") {
  WatchDecoder decoder;
  std::vector<WatchEvent> events;
  const std::string_view line = R"({"type":"ADDED","object":{}})";
  REQUIRE(decoder.decode(line, events));
  CHECK(events.empty());
  CHECK(decoder.is_amid_line());
  REQUIRE(decoder.decode("\n", events));
  CHECK(events.size() == 1);
}

TEST_CASE("an object of three MiB is an event like another") {
  const std::string big(3 * 1024 * 1024, 'x');
  const std::string line = R"({"type":"ADDED","object":{"data":")" + big + "\"}}\n";
  WatchDecoder decoder;
  std::vector<WatchEvent> events;
  for (std::size_t at = 0; at < line.size(); at += 4000) {
    REQUIRE(decoder.decode(std::string_view(line).substr(at, 4000), events));
  }
  REQUIRE(events.size() == 1);
  CHECK(events[0].object["data"] == big);
}

TEST_CASE("a line without an end is an error, not all of the memory") {
  WatchDecoder decoder(100);
  std::vector<WatchEvent> events;
  CHECK(decoder.decode(std::string(100, 'x'), events));
  const auto error = decoder.decode("x", events);
  REQUIRE_FALSE(error);
  CHECK(error.error().message.find("more than 100 bytes") != std::string::npos);
}

TEST_CASE("a line that is too long is an error, in one piece or in many") {
  const std::string line =
      R"({"type":"ADDED","object":{"data":")" + std::string(100, 'x') + "\"}}\n";
  for (const std::size_t piece : {std::size_t{1}, line.size()}) {
    CAPTURE(piece);
    WatchDecoder decoder(100);
    std::vector<WatchEvent> events;
    bool is_refused = false;
    for (std::size_t at = 0; at < line.size() && !is_refused; at += piece) {
      is_refused = !decoder.decode(std::string_view(line).substr(at, piece), events);
    }
    CHECK(is_refused);
    CHECK(events.empty());
  }
}

TEST_CASE("what is no event is an error; the events before it count") {
  for (const std::string garbage :
       {"<html>", "{", "[]", "null", R"({"type":"ADDED"})", R"({"type":"BORN","object":{}})",
        R"({"type":1,"object":{}})", R"({"type":"ADDED","object":7})", "\xff\xfe"}) {
    CAPTURE(garbage);
    WatchDecoder decoder;
    std::vector<WatchEvent> events;
    const auto error =
        decoder.decode("{\"type\":\"ADDED\",\"object\":{}}\n" + garbage + "\n", events);
    REQUIRE_FALSE(error);
    CHECK(error.error().reason == core::Reason::KubernetesUnavailable);
    CHECK(events.size() == 1);
  }
}

}  // namespace
