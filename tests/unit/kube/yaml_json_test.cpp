#include "kube/yaml_json.h"

#include <doctest/doctest.h>

namespace {

using nlohmann::json;

TEST_CASE("YAML's values are the same in JSON") {
  const auto value = kube::to_json(YAML::Load(R"(
text: words
quoted: "12"
number: 12
fraction: 1.5
yes: true
none: null
tilde:
list: [a, 1, {b: [c]}]
)"));
  REQUIRE(value);
  CHECK(*value == json{{"text", "words"},
                       {"quoted", "12"},
                       {"number", 12},
                       {"fraction", 1.5},
                       {"yes", true},
                       {"none", nullptr},
                       {"tilde", nullptr},
                       {"list", {"a", 1, {{"b", {"c"}}}}}});
}

TEST_CASE("what has no end, or is far too much, is no value") {
  CHECK_FALSE(kube::to_json(YAML::Load("&a [*a]")));
  CHECK_FALSE(kube::to_json(YAML::Load(
      "[&a [1,1,1,1,1,1,1,1], &b [*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b], "
      "&d [*c,*c,*c,*c,*c,*c,*c,*c], [*d,*d,*d,*d,*d,*d,*d,*d]]")));
}

}  // namespace
