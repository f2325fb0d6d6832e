#include "core/access.h"

#include <doctest/doctest.h>

#include "core/names.h"

namespace {

using core::AccessRule;
using core::Claim;
using core::ConnectionSpec;
using core::Labels;
using core::LabelSelector;
using core::refused_part;

ConnectionSpec with(std::vector<AccessRule> access) {
  ConnectionSpec spec;
  spec.access = std::move(access);
  return spec;
}

AccessRule named(std::vector<std::string> namespaces, std::vector<std::string> groups,
                 std::vector<std::string> topics) {
  return {std::move(namespaces), std::nullopt, std::move(groups), std::move(topics)};
}

TEST_CASE("a pattern is a name, or a prefix that ends in a star") {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  for (const Case& row : {Case{"orders", "orders", true}, Case{"orders", "orders-1", false},
                          Case{"orders*", "orders", true}, Case{"orders*", "orders-1", true},
                          Case{"orders*", "order", false}, Case{"*", "anything", true},
                          Case{"a.c", "abc", false}, Case{"Orders", "orders", false}}) {
    CAPTURE(row.pattern);
    CAPTURE(row.name);
    CHECK(core::matches(row.pattern, row.name) == row.matches);
  }
}

TEST_CASE("a claim is admitted only as a whole") {
  const auto spec = with({named({"payments"}, {"team-a-*"}, {"orders*"}),
                          named({"payments", "audit"}, {"shared"}, {"log"})});
  struct Case {
    const char* words;
    Claim claim;
    std::optional<std::string> refused;
  };
  const std::vector<Case> cases{
      {"a group and its topic", {"payments", {"team-a-1"}, {"orders"}}, std::nullopt},
      {"the group alone", {"payments", {"team-a-1"}, {}}, std::nullopt},
      {"another group", {"payments", {"team-b"}, {"orders"}}, "group team-b"},
      {"another topic",
       {"payments", {"team-a-1"}, {"orders", "refunds"}},
       "group team-a-1 on topic refunds"},
      {"the group of one entry on the topic of another",
       {"payments", {"team-a-1"}, {"log"}},
       "group team-a-1 on topic log"},
      {"a copy from a group of another entry",
       {"payments", {"team-a-1", "shared"}, {"orders"}},
       "group shared on topic orders"},
      {"a namespace of another entry", {"audit", {"team-a-1"}, {"orders"}}, "group team-a-1"},
      {"a namespace of none", {"strangers", {"shared"}, {"log"}}, "group shared"},
  };
  for (const Case& row : cases) {
    CAPTURE(row.words);
    CHECK(refused_part(spec, row.claim, {}) == row.refused);
  }
}

TEST_CASE("an empty list admits nobody") {
  CHECK(refused_part(with({}), {"payments", {"any"}, {}}, {}) == "group any");
}

TEST_CASE("a namespace can be selected by its labels") {
  AccessRule rule = named({}, {"*"}, {"*"});
  rule.namespace_selector =
      LabelSelector{{{"team", "a"}}, {{"tier", LabelSelector::Operator::In, {"test", "stage"}}}};
  const auto spec = with({rule});
  CHECK(core::needs_labels(spec));
  const Claim claim{"payments", {"g"}, {"t"}};
  CHECK_FALSE(refused_part(spec, claim, {{"team", "a"}, {"tier", "stage"}}));
  CHECK(refused_part(spec, claim, {{"team", "a"}, {"tier", "production"}}));
  CHECK(refused_part(spec, claim, {{"team", "a"}}));
  CHECK(refused_part(spec, claim, {}));
}

TEST_CASE("every operator of a selector") {
  struct Case {
    LabelSelector::Operator operation;
    std::vector<std::string> values;
    Labels labels;
    bool matches;
  };
  using Operator = LabelSelector::Operator;
  const Labels blue{{"colour", "blue"}};
  const std::vector<Case> cases{
      {Operator::In, {"blue"}, blue, true},     {Operator::In, {"red"}, blue, false},
      {Operator::In, {"blue"}, {}, false},      {Operator::NotIn, {"red"}, blue, true},
      {Operator::NotIn, {"blue"}, blue, false}, {Operator::NotIn, {"blue"}, {}, true},
      {Operator::Exists, {}, blue, true},       {Operator::Exists, {}, {}, false},
      {Operator::DoesNotExist, {}, {}, true},   {Operator::DoesNotExist, {}, blue, false},
  };
  for (const Case& row : cases) {
    CAPTURE(core::name_of(row.operation));
    CHECK(core::matches(LabelSelector{{}, {{"colour", row.operation, row.values}}}, row.labels) ==
          row.matches);
  }
}

TEST_CASE("a selector without conditions selects every namespace") {
  CHECK(core::matches(LabelSelector{}, {}));
}

}  // namespace
