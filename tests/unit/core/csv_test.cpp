#include "core/csv.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using core::CsvOffset;
using Rows = std::vector<CsvOffset>;

TEST_CASE("both forms of the CSV of Kafka's own tool are read, whatever is around them") {
  const Rows wanted{{"orders", 0, 5}, {"orders", 2, 7}, {"returns", 1, 9}};
  const std::vector<std::pair<std::string, std::string>> cases{
      {"three columns", "orders,0,5\norders,2,7\nreturns,1,9\n"},
      {"four columns", "app,orders,0,5\napp,orders,2,7\napp,returns,1,9\n"},
      {"no line break at the end", "orders,0,5\norders,2,7\nreturns,1,9"},
      {"any order", "returns,1,9\norders,2,7\norders,0,5\n"},
      {"quotes", "\"orders\",\"0\",5\norders,2,\"7\"\n\"returns\" , 1 , 9\n"},
      {"comments and blank lines", "# exported\n\norders,0,5\n  \norders,2,7\n # b\nreturns,1,9\n"},
      {"a byte order mark and CRLF", "\xEF\xBB\xBForders,0,5\r\norders,2,7\r\nreturns,1,9\r\n"},
      {"other groups' lines", "other,orders,1,1\napp,orders,0,5\napp,orders,2,7\napp,returns,1,9"},
  };
  for (const auto& [sentence, text] : cases) {
    CAPTURE(sentence);
    const auto rows = core::parse_csv(text, "app");
    REQUIRE(rows.has_value());
    CHECK(*rows == wanted);
  }
}

TEST_CASE("the group may be anything that a CSV can write") {
  const auto rows = core::parse_csv("\"a \"\"b\"\", c\",orders,0,5\n", "a \"b\", c");
  REQUIRE(rows.has_value());
  CHECK(*rows == Rows{{"orders", 0, 5}});
}

TEST_CASE("an error names the line that it is in") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "it has no lines"},
      {"# nothing\n\n", "it has no lines"},
      {"other,orders,0,5\n", "there is no line for group app"},
      {"orders,0\n", "line 1: it has 2 fields; write topic,partition,offset or"},
      {"a,b,c,d,e\n", "line 1: it has 5 fields"},
      {"orders,0,5\napp,orders,1,5\n", "line 2: it has 4 fields and the lines before it have 3"},
      {"\n# x\norders,zero,5\n", "line 3: \"zero\" is no partition"},
      {"orders,-1,5\n", "line 1: \"-1\" is no partition"},
      {"orders,2147483648,5\n", "line 1: \"2147483648\" is no partition"},
      {"orders,0,-5\n", "line 1: \"-5\" is no offset"},
      {"orders,0,5.5\n", "line 1: \"5.5\" is no offset"},
      {"orders,0,\n", "line 1: \"\" is no offset"},
      {"orders,0,9223372036854775808\n", "is no offset"},
      {"or ders,0,5\n", "line 1: \"or ders\" is no name of a topic"},
      {",0,5\n", "line 1: \"\" is no name of a topic"},
      {"topic,partition,offset\n", "line 1: \"partition\" is no partition"},
      {"orders,0,5\norders,0,6\n", "line 2: partition 0 of topic orders is in line 1 already"},
      {"\"orders,0,5\n", "line 1: a quote is not closed"},
      {"\"orders\"x,0,5\n", "line 1: there is something between a closing quote"},
  };
  for (const auto& [text, words] : cases) {
    CAPTURE(text);
    const auto rows = core::parse_csv(text, "app");
    REQUIRE_FALSE(rows.has_value());
    CHECK(rows.error().reason == core::Reason::InvalidSpec);
    CHECK_MESSAGE(rows.error().message.find(words) != std::string::npos, rows.error().message);
  }
}
