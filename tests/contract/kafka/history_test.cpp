#include <doctest/doctest.h>

#include "support/kafka/admin_fixture.h"
#include "support/reach.h"

namespace {

using std::chrono::milliseconds;
using tests::AdminFixture;
using tests::kafka_bootstrap;
using tests::unique;

core::TimePoint a_minute_ago() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) -
         std::chrono::minutes(1);
}

TEST_CASE_FIXTURE(AdminFixture,
                  "A commit is found in the coordinator's log also after it was overwritten") {
  for (int number = 0; number < 20; ++number) {  // groups of every partition of the log
    group = unique(number % 2 == 0 ? "group" : "gr\xC3\xBCppe \xF0\x9F\x90\x98");
    CAPTURE(group);
    core::HistoryRequest ours{
        tests::reach(kafka_bootstrap()), group, "offsetreset.io/of " + group, {}, a_minute_ago()};
    CHECK(admin.was_committed(ours) == false);
    REQUIRE(
        admin.commit({tests::reach(kafka_bootstrap()), group, ours.metadata, {{topic, 0, 1}}, {}}));
    REQUIRE(
        admin.commit({tests::reach(kafka_bootstrap()), group, "another's", {{topic, 0, 3}}, {}}));
    CHECK(admin.was_committed(ours) == true);
    ours.since += std::chrono::hours(1);
    CHECK(admin.was_committed(ours) == false);
  }
}

TEST_CASE_FIXTURE(AdminFixture,
                  "A deletion is found in the coordinator's log also after a new commit") {
  for (const auto* name : {"group", "gr\xC3\xBCppe \xF0\x9F\x90\x98"}) {
    group = unique(name);
    CAPTURE(group);
    core::HistoryRequest ours{tests::reach(kafka_bootstrap()),
                              group,
                              "offsetreset.io/ours",
                              {{topic, 0}, {topic, 1}},
                              a_minute_ago()};
    real.commit(group, topic, 1, {1, ""});
    real.commit(group, topic, 2, {1, ""});
    REQUIRE(admin.commit(deleting({{topic, 2}})));
    CHECK(admin.was_committed(ours) == false);  // of another partition
    REQUIRE(admin.commit(deleting({{topic, 1}})));
    real.commit(group, topic, 1, {1, ""});
    CHECK(admin.was_committed(ours) == true);
    ours.since += std::chrono::hours(1);
    CHECK(admin.was_committed(ours) == false);
  }
}

}  // namespace
