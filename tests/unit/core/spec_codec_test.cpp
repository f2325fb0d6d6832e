#include "core/spec_codec.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/builders.h"

using core::decode_spec;
using nlohmann::json;

namespace {

json smallest() {
  return {{"bootstrapServers", "kafka:9092"},
          {"groupId", "orders-consumer"},
          {"topic", "orders"},
          {"to", {{"offset", 10}}}};
}

json with(const std::string& pointer, const json& value) {
  json spec = smallest();
  spec[json::json_pointer(pointer)] = value;
  return spec;
}

}  // namespace

TEST_CASE("the smallest spec has the defaults of the CRD") {
  const auto spec = decode_spec(smallest());
  REQUIRE(spec.has_value());
  CHECK(spec->partition == core::kAllPartitions);
  CHECK(spec->to == core::Destination(core::ToOffset{10}));
  CHECK(spec->out_of_range == core::OutOfRange::Clamp);
  CHECK(spec->timestamp_not_found == core::TimestampNotFound::Latest);
  CHECK(spec->when_active == core::WhenActive::Wait);
  CHECK(spec->wait == std::chrono::seconds(600));
}

TEST_CASE("a timestamp is an integer of milliseconds or RFC 3339") {
  const core::Destination wanted =
      core::ToTimestamp{core::TimePoint(std::chrono::milliseconds(1'571'812'144'000))};
  CHECK(decode_spec(with("/to", {{"timestamp", 1'571'812'144'000}}))->to == wanted);
  CHECK(decode_spec(with("/to", {{"timestamp", "2019-10-23T06:29:04Z"}}))->to == wanted);
}

TEST_CASE("a spec survives encoding and decoding") {
  const std::vector<core::Spec> specs{
      tests::SpecBuilder(),
      tests::SpecBuilder().to(core::ToPosition{core::Position::Latest}).partition(3),
      tests::SpecBuilder()
          .to(core::ToTimestamp{core::TimePoint(std::chrono::milliseconds(1'571'812'144'001))})
          .out_of_range(core::OutOfRange::Skip)
          .timestamp_not_found(core::TimestampNotFound::Fail)
          .when_active(core::WhenActive::Fail)
          .wait(std::chrono::seconds(0))};
  for (const core::Spec& spec : specs) {
    CHECK(decode_spec(core::encode_spec(spec)).value() == spec);
  }
}

TEST_CASE("what the CRD refuses, the operator refuses too, and says what to write") {
  struct Case {
    std::string sentence;
    json spec;
    std::string message;
  };
  const std::vector<Case> cases{
      {"no destination", with("/to", json::object()), "write exactly one of"},
      {"a destination of no kind", with("/to", {{"shiftBy", 1}}), "write exactly one of"},
      {"two destinations", with("/to", {{"offset", 1}, {"timestamp", 2}}), "write exactly one of"},
      {"no `to`", with("/to", nullptr), "write exactly one of"},
      {"a negative offset", with("/to/offset", -1), "spec.to.offset must be an integer from 0"},
      {"an offset beyond 64 bits", with("/to/offset", 18'446'744'073'709'551'615U),
       "spec.to.offset must be an integer from 0"},
      {"a fraction of an offset", with("/to/offset", 1.5), "spec.to.offset must be an integer"},
      {"a negative timestamp", with("/to", {{"timestamp", -1}}), "milliseconds since then"},
      {"a timestamp before 1970", with("/to", {{"timestamp", "1969-12-31T23:59:59Z"}}),
       "RFC 3339 from 1970 on"},
      {"a timestamp in words", with("/to", {{"timestamp", "yesterday"}}), "RFC 3339"},
      {"an unknown position", with("/to", {{"position", "Middle"}}), "Earliest or Latest"},
      {"partition -2", with("/partition", -2), "spec.partition must be an integer from -1"},
      {"a partition beyond 32 bits", with("/partition", 3'000'000'000), "spec.partition must be"},
      {"an empty group", with("/groupId", ""), "spec.groupId is required"},
      {"a long group", with("/groupId", std::string(256, 'g')), "longer than 255"},
      {"no topic", with("/topic", nullptr), "spec.topic is required"},
      {"a topic that Kafka can't have", with("/topic", "a/b"), "is no name of a topic"},
      {"a topic of dots", with("/topic", ".."), "is no name of a topic"},
      {"no server", with("/bootstrapServers", nullptr), "spec.bootstrapServers is required"},
      {"a server without port", with("/bootstrapServers", "kafka"), "is no host:port"},
      {"an unknown policy", with("/outOfRange", "Wrap"), "Clamp, Fail or Skip"},
      {"an unknown policy for timestamps", with("/timestampNotFound", 1), "Latest, Fail or Skip"},
      {"an unknown wish for active groups", with("/whenActive", "Kill"), "Wait or Fail"},
      {"a negative wait", with("/waitSeconds", -1), "spec.waitSeconds must be"},
      {"a field of a newer CRD", with("/dryRun", true), "upgrade the operator"},
      {"no spec at all", json(), "spec is required"},
  };
  for (const auto& [sentence, spec, message] : cases) {
    CAPTURE(sentence);
    const auto decoded = decode_spec(spec);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().reason == core::Reason::InvalidSpec);
    CHECK_MESSAGE(decoded.error().message.find(message) != std::string::npos,
                  decoded.error().message);
  }
}
