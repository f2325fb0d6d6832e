#include "controller/failures.h"

#include <doctest/doctest.h>

#include "support/builders.h"

using controller::Failures;
using namespace std::chrono_literals;

TEST_CASE("the pauses after failures grow from a second to five minutes, for each resource apart") {
  Failures failures;
  const auto first = failures.next_delay(tests::resource());
  CHECK(first >= 500ms);
  CHECK(first <= 1s);
  auto last = first;
  for (int i = 0; i < 20; ++i) last = failures.next_delay(tests::resource());
  CHECK(last >= 150s);
  CHECK(last <= 300s);
  CHECK(failures.next_delay(tests::resource(tests::SpecBuilder(), "other")) <= 1s);
  failures.forget(tests::resource().key);
  CHECK(failures.next_delay(tests::resource()) <= 1s);
}

TEST_CASE("exceptions are counted while they come in a row") {
  Failures failures;
  CHECK(failures.count_exception(tests::resource()) == 1);
  CHECK(failures.count_exception(tests::resource()) == 2);
  failures.end_exceptions(tests::resource());
  CHECK(failures.count_exception(tests::resource()) == 1);
}

TEST_CASE("a resource that is made again under the same name begins anew") {
  Failures failures;
  for (int i = 0; i < 10; ++i) failures.next_delay(tests::resource());
  failures.count_exception(tests::resource());
  auto again = tests::resource();
  again.uid = "another";
  CHECK(failures.count_exception(again) == 1);
  CHECK(failures.next_delay(again) <= 1s);
}
