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

// To there, without that field.
json without(const std::string& pointer, const json& to) {
  json spec = with("/to", to);
  spec.erase(pointer.substr(1));
  return spec;
}

// Those topics instead of the one.
json of_topics(const json& topics, const json& to = {{"offset", 10}}) {
  json spec = without("/topic", to);
  spec["topics"] = topics;
  return spec;
}

}  // namespace

TEST_CASE("the smallest spec has the defaults of the CRD") {
  const auto spec = decode_spec(smallest());
  REQUIRE(spec.has_value());
  core::Spec wanted;
  wanted.bootstrap_servers = "kafka:9092";
  wanted.group = "orders-consumer";
  wanted.topics = {{"orders", {}, std::nullopt}};
  wanted.to = core::ToOffset{10};
  CHECK(*spec == wanted);
  CHECK(spec->out_of_range == core::OutOfRange::Clamp);
  CHECK(spec->timestamp_not_found == core::TimestampNotFound::Latest);
  CHECK_FALSE(spec->missing_commit);
  CHECK(spec->isolation == core::Isolation::ReadUncommitted);
  CHECK(spec->when_active == core::WhenActive::Wait);
  CHECK(spec->wait == std::chrono::seconds(600));
}

TEST_CASE("a timestamp is an integer of milliseconds or RFC 3339") {
  const core::Destination wanted =
      core::ToTimestamp{core::TimePoint(std::chrono::milliseconds(1'571'812'144'000))};
  CHECK(decode_spec(with("/to", {{"timestamp", 1'571'812'144'000}}))->to == wanted);
  CHECK(decode_spec(with("/to", {{"timestamp", "2019-10-23T06:29:04Z"}}))->to == wanted);
}

TEST_CASE("every destination is read") {
  struct Case {
    json to;
    core::Destination wanted;
  };
  using core::Position;
  const std::vector<Case> cases{
      {{{"offset", 0}}, core::ToOffset{0}},
      {{{"ago", "2h30m"}}, core::ToAgo{std::chrono::minutes(150), "2h30m"}},
      {{{"position", "Earliest"}}, core::ToPosition{Position::Earliest}},
      {{{"position", "Latest"}}, core::ToPosition{Position::Latest}},
      {{{"position", "Current"}}, core::ToPosition{Position::Current}},
      {{{"position", "None"}}, core::ToPosition{Position::None}},
      {{{"shiftBy", -5}}, core::ToShift{-5}},
      {{{"group", "canary"}}, core::ToGroup{"canary"}},
      {{{"offsets", {{{"partition", 2}, {"offset", 7}}, {{"partition", 0}, {"offset", 5}}}}},
       core::ToOffsets{{{0, 5}, {2, 7}}}},
  };
  for (const auto& [to, wanted] : cases) {
    CAPTURE(to.dump());
    const auto spec = decode_spec(with("/to", to));
    REQUIRE_MESSAGE(spec.has_value(), spec.error().message);
    CHECK(spec->to == wanted);
  }
}

TEST_CASE("a destination that names its partitions needs no topic") {
  const json from{{"configMapKeyRef", {{"name", "positions"}, {"key", "a.csv"}}}};
  CHECK(decode_spec(without("/topic", {{"csvFrom", from}}))->to ==
        core::Destination(core::ToCsv{"positions", "a.csv"}));
  CHECK(decode_spec(without("/topic", {{"undo", "replay"}}))->to ==
        core::Destination(core::ToUndo{"replay", false}));
  CHECK(decode_spec(without("/topic", {{"undo", "replay"}, {"undoMoved", true}}))->to ==
        core::Destination(core::ToUndo{"replay", true}));
}

TEST_CASE("topics have partitions and destinations of their own") {
  json spec = without("/topic", {{"offset", 10}});
  spec["partition"] = -1;  // the default of the CRD, which stands beside any scope
  spec["topics"] = {{{"name", "orders"}, {"partitions", {2, 0}}},
                    {{"name", "audit"}, {"to", {{"shiftBy", 1}}}}};
  const auto decoded = decode_spec(spec);
  REQUIRE_MESSAGE(decoded.has_value(), decoded.error().message);
  CHECK(decoded->topics ==
        std::vector<core::TopicScope>{{"orders", {0, 2}, std::nullopt},
                                      {"audit", {}, core::Destination(core::ToShift{1})}});
}

TEST_CASE("a spec survives encoding and decoding") {
  const std::vector<core::Spec> specs{
      tests::SpecBuilder(),
      tests::SpecBuilder().to(core::ToPosition{core::Position::Latest}).partition(3),
      tests::SpecBuilder()
          .to(core::ToTimestamp{core::TimePoint(std::chrono::milliseconds(1'571'812'144'001))})
          .out_of_range(core::OutOfRange::Skip)
          .timestamp_not_found(core::TimestampNotFound::Fail)
          .missing_commit(core::MissingCommit::Skip)
          .when_active(core::WhenActive::Fail)
          .wait(std::chrono::seconds(0)),
      tests::SpecBuilder().all_topics().to(core::ToAgo{std::chrono::hours(1), "1h"}).dry_run(),
      tests::SpecBuilder().ttl(std::chrono::seconds(0)),
      tests::SpecBuilder().to(core::ToUndo{"replay", true}).suspend(),
      tests::SpecBuilder().to(core::ToCsv{"positions", "a.csv"}),
      tests::SpecBuilder().to(core::ToOffsets{{{0, 5}, {2, 7}}}),
      tests::SpecBuilder().to(core::ToShift{-5}).guards({100, 0, std::chrono::seconds(30)}),
      tests::SpecBuilder()
          .topics({{"orders", {0, 2}, std::nullopt},
                   {"audit", {}, core::Destination(core::ToGroup{"canary"})}})
          .not_before(tests::at_second(1'000))
          .not_after(tests::at_second(2'000))};
  for (const core::Spec& spec : specs) {
    const auto decoded = decode_spec(core::encode_spec(spec));
    REQUIRE_MESSAGE(decoded.has_value(), decoded.error().message);
    CHECK(*decoded == spec);
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
      {"a destination of no kind", with("/to", {{"undoMoved", true}}), "write exactly one of"},
      {"an unknown destination", with("/to", {{"middle", 1}}), "upgrade the operator"},
      {"two destinations", with("/to", {{"offset", 1}, {"timestamp", 2}}), "write exactly one of"},
      {"no `to`", with("/to", nullptr), "write to, or a destination for each of topics"},
      {"a negative offset", with("/to/offset", -1), "spec.to.offset must be an integer from 0"},
      {"an offset beyond 64 bits", with("/to/offset", 18'446'744'073'709'551'615U),
       "spec.to.offset must be an integer from 0"},
      {"a fraction of an offset", with("/to/offset", 1.5), "spec.to.offset must be an integer"},
      {"a negative timestamp", with("/to", {{"timestamp", -1}}), "milliseconds since then"},
      {"a timestamp before 1970", with("/to", {{"timestamp", "1969-12-31T23:59:59Z"}}),
       "RFC 3339 from 1970 on"},
      {"a timestamp in words", with("/to", {{"timestamp", "yesterday"}}), "RFC 3339"},
      {"an unknown position", with("/to", {{"position", "Middle"}}),
       "Earliest, Latest, Current or None"},
      {"partition -2", with("/partition", -2), "spec.partition must be an integer from -1"},
      {"a partition beyond 32 bits", with("/partition", 3'000'000'000), "spec.partition must be"},
      {"an empty group", with("/groupId", ""), "spec.groupId is required"},
      {"a long group", with("/groupId", std::string(256, 'g')), "longer than 255"},
      {"no topic", with("/topic", nullptr), "exactly one of topic, topics and allTopics"},
      {"a topic that Kafka can't have", with("/topic", "a/b"), "is no name of a topic"},
      {"a topic of dots", with("/topic", ".."), "is no name of a topic"},
      {"no server", with("/bootstrapServers", nullptr),
       "write exactly one of connectionRef and bootstrapServers"},
      {"a server without port", with("/bootstrapServers", "kafka"), "is no host:port"},
      {"an unknown policy", with("/outOfRange", "Wrap"), "Clamp, Fail or Skip"},
      {"an unknown policy for timestamps", with("/timestampNotFound", 1), "Latest, Fail or Skip"},
      {"an unknown wish for active groups", with("/whenActive", "Kill"), "Wait or Fail"},
      {"a negative wait", with("/waitSeconds", -1), "spec.waitSeconds must be"},
      {"a duration in words", with("/to", {{"ago", "two hours"}}), "is no duration"},
      {"undoMoved without undo", with("/to", {{"offset", 1}, {"undoMoved", true}}),
       "belongs beside undo"},
      {"an undo of a topic", with("/to", {{"undo", "replay"}}), "leave out topic"},
      {"a copy of itself", with("/to", {{"group", "orders-consumer"}}), "write another one"},
      {"a copy of itself for one topic",
       of_topics({{{"name", "a"}, {"to", {{"group", "orders-consumer"}}}}}), "write another one"},
      {"a CSV without a key",
       without("/topic", {{"csvFrom", {{"configMapKeyRef", {{"name", "positions"}}}}}}),
       "spec.to.csvFrom.configMapKeyRef.key is required"},
      {"a key that no ConfigMap has",
       without("/topic",
               {{"csvFrom", {{"configMapKeyRef", {{"name", "positions"}, {"key", "a/b"}}}}}}),
       "is no key of a ConfigMap"},
      {"an undo of what can't be a name", without("/topic", {{"undo", "Replay"}}),
       "is no name of an object"},
      {"a long time", with("/notBefore", "2026-11-22T08:00:00." + std::string(64, '0') + "Z"),
       "RFC 3339"},
      {"too many partitions",
       [] {
         json partitions = json::array();
         for (int i = 0; i < 1'000; ++i) partitions.push_back(i);
         json topics = json::array();
         for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
           topics.push_back({{"name", name}, {"partitions", partitions}});
         }
         return of_topics(topics);
       }(),
       "names 6000 partitions"},
      {"no offsets", with("/to", {{"offsets", json::array()}}), "a list of 1 to"},
      {"offsets without an offset", with("/to", {{"offsets", {{{"partition", 1}}}}}),
       "write a partition and its offset"},
      {"a partition with two offsets",
       with("/to",
            {{"offsets", {{{"partition", 1}, {"offset", 5}}, {{"partition", 1}, {"offset", 6}}}}}),
       "names partition 1 twice"},
      {"offsets of every topic",
       without("/topic", {{"offsets", {{{"partition", 1}, {"offset", 5}}}}}),
       "exactly one of topic"},
      {"offsets for topics",
       of_topics({{{"name", "a"}}}, {{"offsets", {{{"partition", 1}, {"offset", 5}}}}}),
       "topics[].to.offsets"},
      {"topic and topics", with("/topics", {{{"name", "audit"}}}), "exactly one of topic"},
      {"topic and allTopics", with("/allTopics", true), "exactly one of topic"},
      {"no topics", of_topics(json::array()), "a list of 1 to"},
      {"a topic twice", of_topics({{{"name", "a"}}, {{"name", "b"}}, {{"name", "a"}}}),
       "names topic a twice"},
      {"a partition twice", of_topics({{{"name", "a"}, {"partitions", {1, 0, 1}}}}),
       "spec.topics[0].partitions names partition 1 twice"},
      {"no partitions", of_topics({{{"name", "a"}, {"partitions", json::array()}}}),
       "a list of 1 to"},
      {"a negative partition of topics", of_topics({{{"name", "a"}, {"partitions", {-1}}}}),
       "spec.topics[0].partitions[0] must be an integer from 0"},
      {"an undo of one of topics", of_topics({{{"name", "a"}, {"to", {{"undo", "replay"}}}}}),
       "write spec.to"},
      {"a topic without a destination",
       of_topics({{{"name", "a"}}, {{"name", "b"}, {"to", {{"offset", 1}}}}}, nullptr),
       "a destination for each of topics"},
      {"a partition of several topics",
       [] {
         json spec = of_topics({{{"name", "a"}}});
         spec["partition"] = 3;
         return spec;
       }(),
       "write topics[].partitions"},
      {"a negative guard", with("/guards", {{"maxReplayRecords", -1}}),
       "spec.guards.maxReplayRecords must be"},
      {"an unknown guard", with("/guards", {{"maxLag", 1}}), "upgrade the operator"},
      {"a time without a zone", with("/notBefore", "2026-11-22T08:00:00"), "RFC 3339"},
      {"an end before the beginning",
       [] {
         json spec = with("/notBefore", "2026-11-22T08:00:00Z");
         spec["notAfter"] = "2026-11-22T08:00:00Z";
         return spec;
       }(),
       "must be after spec.notBefore"},
      {"a negative time to live", with("/ttlSecondsAfterFinished", -1),
       "spec.ttlSecondsAfterFinished must be"},
      {"a flag in words", with("/dryRun", "yes"), "must be true or false"},
      {"a field of a newer CRD", with("/rateLimit", 5), "upgrade the operator"},
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
