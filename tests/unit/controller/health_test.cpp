#include "controller/health.h"

#include <doctest/doctest.h>

using controller::Check;
using controller::probe;

TEST_CASE("a probe passes when all of its checks do, and lists them when asked") {
  const std::vector<Check> checks{{"workers", [] { return true; }}, {"watch", [] { return true; }}};
  CHECK(probe(checks, false).status == 200);
  CHECK(probe(checks, false).body == "ok");
  CHECK(probe(checks, true).body == "[+]workers ok\n[+]watch ok\ncheck passed\n");
}

TEST_CASE("a probe that fails says which check did") {
  const std::vector<Check> checks{{"workers", [] { return true; }},
                                  {"watch", [] { return false; }}};
  CHECK(probe(checks, false).status == 500);
  CHECK(probe(checks, false).body.find("[-]watch failed") != std::string::npos);
}
