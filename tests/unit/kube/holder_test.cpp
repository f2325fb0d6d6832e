#include "kube/holder.h"

#include <doctest/doctest.h>

namespace {

using core::Reason;
using nlohmann::json;

const core::ObjectKey kName{"payments", "positions"};

std::string message_of(const core::Result<std::string>& text) {
  return text ? "" : text.error().message;
}

TEST_CASE("a key of a ConfigMap's data is its text") {
  const json config_map{{"data", {{"a.csv", "orders,0,5\n"}, {"b.csv", ""}}}};
  CHECK(kube::text_in(config_map, kName, "a.csv") == "orders,0,5\n");
  CHECK(kube::text_in(config_map, kName, "b.csv") == "");
}

TEST_CASE("a key that is not there is told with those that are") {
  const json config_map{{"data", {{"b.csv", ""}, {"c.csv", ""}}}};
  const auto text = kube::text_in(config_map, kName, "a.csv");
  REQUIRE_FALSE(text);
  CHECK(text.error().reason == Reason::ConfigMapNotFound);
  CHECK(message_of(text) ==
        "ConfigMap positions in namespace payments has no key a.csv, only b.csv, c.csv: add it");
}

TEST_CASE("of many keys ten are told") {
  json config_map;
  for (int i = 0; i < 100; ++i) config_map["data"]["key-" + std::to_string(i)] = "";
  CHECK(message_of(kube::text_in(config_map, kName, "a.csv")).ends_with(" and 90 more: add it"));
}

TEST_CASE("binary data is no text") {
  const json config_map{{"binaryData", {{"a.csv", "//4="}}}};
  CHECK(message_of(kube::text_in(config_map, kName, "a.csv")) ==
        "key a.csv of ConfigMap positions in namespace payments is in its binaryData: write it as "
        "UTF-8 text, under data");
}

TEST_CASE("a ConfigMap of another shape has no such key") {
  for (const char* text : {"{}", "[]", "7", R"({"data":7})", R"({"data":{"a.csv":7}})",
                           R"({"data":null,"binaryData":null})"}) {
    CAPTURE(text);
    const auto read = kube::text_in(json::parse(text), kName, "a.csv");
    REQUIRE_FALSE(read);
    CHECK(read.error().reason == Reason::ConfigMapNotFound);
  }
}

using Kind = core::Holder::Kind;

TEST_CASE("a Secret's values are decoded") {
  const json secret{{"data", {{"password", "czNjcmV0"}, {"bytes", "AP8K"}, {"empty", ""}}}};
  CHECK(kube::texts_in(Kind::Secret, secret) ==
        core::Texts{{"password", "s3cret"}, {"bytes", std::string("\0\xFF\n", 3)}, {"empty", ""}});
}

TEST_CASE("a ConfigMap's values are texts, and decoded where they are binary") {
  const json config_map{{"data", {{"ca.crt", "czNjcmV0"}}}, {"binaryData", {{"b", "czNjcmV0"}}}};
  CHECK(kube::texts_in(Kind::ConfigMap, config_map) ==
        core::Texts{{"ca.crt", "czNjcmV0"}, {"b", "s3cret"}});
}

TEST_CASE("what is no text is left out") {
  for (const char* text : {"{}", "[]", "7", R"({"data":7})", R"({"data":{"a":7}})",
                           R"({"data":null})", R"({"data":{"a":"%%%%"}})"}) {
    CAPTURE(text);
    CHECK(kube::texts_in(Kind::Secret, json::parse(text)).empty());
  }
}

struct Row {
  int code;
  const char* reason;
  Reason expected;
  const char* words;
};

TEST_CASE("why a ConfigMap can't be read says who has to mend what") {
  const Row rows[] = {
      {404, "NotFound", Reason::ConfigMapNotFound,
       "there is no ConfigMap positions in namespace payments: create it, with key a.csv"},
      {403, "Forbidden", Reason::ConfigMapNotFound,
       "the operator may not read ConfigMap positions in namespace payments: give its role the "
       "verb get for configmaps (why)"},
      {404, "", Reason::KubernetesUnavailable,
       "read ConfigMap positions in namespace payments: why (HTTP 404)"},
      {500, "", Reason::KubernetesUnavailable,
       "read ConfigMap positions in namespace payments: why (HTTP 500)"},
      {0, "", Reason::KubernetesUnavailable, "read ConfigMap positions in namespace payments: why"},
      {400, "", Reason::InternalError,
       "read ConfigMap positions in namespace payments: why (HTTP 400)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const kube::Failure failure{
        .code = row.code, .reason = row.reason, .message = "why", .retry_after = {}};
    const core::Error error = kube::holder_error(failure, {Kind::ConfigMap, kName}, "a.csv");
    CHECK(error.reason == row.expected);
    CHECK(error.message == row.words);
  }
}

TEST_CASE("why a Secret can't be read says who has to mend what") {
  const Row rows[] = {
      {404, "NotFound", Reason::SecretNotFound,
       "there is no Secret positions in namespace payments: create it"},
      {403, "Forbidden", Reason::SecretNotFound,
       "the operator may not read Secret positions in namespace payments: give its role the verb "
       "get for secrets (why)"},
      {500, "", Reason::KubernetesUnavailable,
       "read Secret positions in namespace payments: why (HTTP 500)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const kube::Failure failure{
        .code = row.code, .reason = row.reason, .message = "why", .retry_after = {}};
    const core::Error error = kube::holder_error(failure, {Kind::Secret, kName});
    CHECK(error.reason == row.expected);
    CHECK(error.message == row.words);
  }
}

}  // namespace
