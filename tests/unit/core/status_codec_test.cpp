#include "core/status_codec.h"

#include <doctest/doctest.h>

#include "core/conditions.h"
#include "core/resource_codec.h"
#include "support/builders.h"

using core::decode_status;
using core::encode_status;
using nlohmann::json;

namespace {

core::Status full_status() {
  core::Status status;
  status.waiting_since = core::TimePoint(std::chrono::milliseconds(1'500));
  status.cluster_id = "yXjyTQL0nZTeg-sHgwUr_g";
  status.destination = "offset 10";
  status.resolved_timestamp = core::TimePoint(std::chrono::milliseconds(2'001));
  status.group =
      core::GroupStatus{"Stable", "Classic", 2, {{"app-1", "10.0.0.7", 3}, {"b", "c", 0}}};
  status.summary = core::Summary{12, 10, 1, 2, 1, 0, 48'210, 7, 3, 48'213, 2};
  status.rows = {{"orders", 0, 5'120, 1'000, 0, 5'123, std::nullopt},
                 {"orders", 1, std::nullopt, 40, 40, 90, core::Note::ClampedToEarliest},
                 {"orders", 2, std::nullopt, std::nullopt, 0, 0, core::Note::SkippedOutOfRange}};
  core::set_outcome(status, {core::Reason::Planned, "moving"}, 1, tests::at_second(3));
  return status;
}

}  // namespace

TEST_CASE("a status survives encoding and decoding") {
  CHECK(decode_status(encode_status(full_status())).value() == full_status());
  CHECK(decode_status(encode_status(core::Status())).value() == core::Status());
}

TEST_CASE("a fresh resource's status is the CRD's default") {
  const core::Status fresh;
  CHECK(fresh.observed_generation == -1);
  CHECK_FALSE(fresh.closed);
  CHECK(decode_status(json()).value() == fresh);
  CHECK(decode_status(json::object()).value() == fresh);
  CHECK(decode_status({{"observedGeneration", -1}}).value() == fresh);
}

TEST_CASE("a row is compact: what is not there is left out") {
  const json rows = encode_status(full_status()).at("partitions");
  CHECK(rows.at(0) == json::parse(R"({"topic": "orders", "partition": 0, "before": 5120,
                                      "after": 1000, "start": 0, "end": 5123})"));
  CHECK(rows.at(1) == json::parse(R"({"topic": "orders", "partition": 1, "after": 40, "start": 40,
                                      "end": 90, "note": "ClampedToEarliest"})"));
}

TEST_CASE("a status of another shape is an error that names the trouble") {
  for (const json& status : {json{{"observedGeneration", "one"}}, json{{"partitions", {{"a", 1}}}},
                             json{{"startTime", "yesterday"}}, json("text")}) {
    CAPTURE(status.dump());
    const auto decoded = decode_status(status);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().reason == core::Reason::InternalError);
  }
}

TEST_CASE("a number of a status that does not fit is an error that names the field") {
  for (const char* number : {"4294967296", "-2147483649", "18446744073709551615", "3e99", "1.5"}) {
    CAPTURE(number);
    const auto text =
        std::string(R"({"partitions": [{"topic": "t", "partition": )") + number + "}]}";
    const auto status = decode_status(json::parse(text));
    REQUIRE_FALSE(status);
    CHECK(status.error().message.find("partition") != std::string::npos);
  }
  CHECK_FALSE(decode_status({{"observedGeneration", 3e99}}));
  CHECK(decode_status({{"partitions", {{{"topic", "t"}, {"partition", 2147483647}}}}}));
}

TEST_CASE("a whole object is decoded, and an invalid spec in it is a value") {
  json object = json::parse(R"({
    "metadata": {"name": "replay", "namespace": "payments", "uid": "u", "resourceVersion": "7",
                 "generation": 1, "creationTimestamp": "1970-01-01T00:16:40Z"},
    "spec": {"bootstrapServers": "kafka:9092", "groupId": "g", "topic": "t", "to": {"offset": 1}},
    "status": {"observedGeneration": -1}})");
  const auto decoded = core::decode_offset_reset(object).value();
  CHECK(decoded.key.to_string() == "payments/replay");
  CHECK(decoded.created == tests::at_second(1'000));
  CHECK(decoded.spec.has_value());
  CHECK_FALSE(decoded.is_being_deleted);

  object["metadata"]["deletionTimestamp"] = "1970-01-01T00:16:41Z";
  object["spec"]["to"] = json::object();
  const auto invalid = core::decode_offset_reset(object).value();
  CHECK(invalid.is_being_deleted);
  CHECK(invalid.spec.error().reason == core::Reason::InvalidSpec);
}

TEST_CASE("an object without identity is an error") {
  for (const char* field : {"name", "namespace", "uid", "resourceVersion"}) {
    CAPTURE(field);
    json metadata{{"name", "n"}, {"namespace", "s"}, {"uid", "u"}, {"resourceVersion", "1"}};
    metadata.erase(field);
    CHECK_FALSE(core::decode_offset_reset({{"metadata", metadata}}).has_value());
  }
}

TEST_CASE("a status update carries identity, version and status, and no spec") {
  core::OffsetReset resource = tests::resource();
  resource.status = full_status();
  const json update = core::encode_status_update(resource);
  CHECK(update.at("metadata").at("resourceVersion") == "100");
  CHECK(update.at("metadata").at("uid") == resource.uid);
  CHECK(update.at("status") == encode_status(resource.status));
  CHECK_FALSE(update.contains("spec"));
}
