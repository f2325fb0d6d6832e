#include <doctest/doctest.h>

#include "support/operator/inject.h"

namespace tests {
namespace {

using namespace std::chrono_literals;

FaultCase clock(std::string what, std::chrono::seconds ahead) {
  return {std::move(what), {.fault = [ahead](Story& story) { story.set_clock(ahead); }}};
}

TEST_CASE("F1: the operator dies") {
  inject("F1", {{"killed, and started again", {.fault = [](Story& story) { story.crash(); }}}});
}

TEST_CASE("F9: two operators work at once") {
  inject("F9", {{"another one does all of it first",
                 {.fault = [](Story& story) { story.let_another_one_work(); }}}});
}

TEST_CASE("F10: the clock jumps") {
  inject("F10", {clock("a day ahead", 24h), clock("a day back", -24h)});
}

}  // namespace
}  // namespace tests
