#include "core/resource_version.h"

#include <doctest/doctest.h>

using core::is_older_version;

TEST_CASE("decimal versions are compared as numbers of any length") {
  CHECK(is_older_version("9", "10"));
  CHECK(is_older_version("99999999999999999999998", "99999999999999999999999"));
  CHECK_FALSE(is_older_version("10", "10"));
  CHECK_FALSE(is_older_version("11", "10"));
}

TEST_CASE("versions that are no numbers can't be compared, so none is older") {
  CHECK_FALSE(is_older_version("", "1"));
  CHECK_FALSE(is_older_version("a", "b"));
  CHECK_FALSE(is_older_version("1", "b"));
}
