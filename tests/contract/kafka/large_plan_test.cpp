#include <doctest/doctest.h>

#include <algorithm>

#include "core/progress.h"
#include "support/kafka/admin_fixture.h"
#include "support/reach.h"

namespace {

using tests::AdminFixture;
using tests::kafka_bootstrap;
using tests::unique;

// Names as long as Kafka allows them.
std::string stretched(const std::string& name, std::size_t size) {
  return name + std::string(size - unique(name).size(), 'x');
}

TEST_CASE_FIXTURE(AdminFixture,
                  "A plan is cut into requests that the broker takes, as few as it can") {
  constexpr int kPartitions = 1000;
  core::Spec spec;
  spec.group = group = unique(stretched("group", 255));
  std::vector<std::string> topics;
  for (int i = 0; i < 2; ++i) {
    topics.push_back(real.make_topic(kPartitions, stretched("topic", 249)));
  }
  std::sort(topics.begin(), topics.end());
  std::vector<core::Row> rows;
  for (const auto& name : topics) {
    for (int id = 0; id < kPartitions; ++id) {
      core::Row row;
      row.topic = name;
      row.partition = id;
      row.after = id;
      rows.push_back(row);
    }
  }

  auto requests = core::commit_requests(spec, "00000000-0000-0000-0000-000000000000", rows);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].offsets.size() > 1400);
  for (auto& request : requests) {
    request.connection = tests::reach(kafka_bootstrap());
    const auto done = admin.commit(request);
    REQUIRE_MESSAGE(done, done.error().message);
  }

  auto read_back = core::read_back_request(spec, rows);
  read_back.connection = tests::reach(kafka_bootstrap());
  const auto snapshot = admin.read(read_back);
  REQUIRE_MESSAGE(snapshot, snapshot.error().message);
  CHECK(core::not_applied(rows, *snapshot).empty());
  for (const auto& name : topics) real.delete_topic(name);
}

}  // namespace
