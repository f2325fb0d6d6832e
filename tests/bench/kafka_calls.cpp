// What a reset costs in Kafka alone: read, commit, read back, through operator/kafka, without a
// resource. kafka_calls <bootstrap servers> <group> <topic>: prints the milliseconds of each round,
// the first on a fresh connection.

#include <chrono>
#include <cstdio>

#include "base/metrics.h"
#include "kafka/admin.h"

namespace {

constexpr int kRounds = 21;

core::Result<void> reset(core::Kafka& kafka, const core::ReadRequest& request, std::int64_t to) {
  const auto before = kafka.read(request);
  if (!before) return tl::unexpected<core::Error>(before.error());
  core::CommitRequest commit{request.connection, request.group, "bench", {}, {}};
  for (const auto& at : before->partitions) {
    commit.offsets.push_back({at.topic, at.partition, to});
  }
  if (auto committed = kafka.commit(commit); !committed) return committed;
  auto read_back = request;
  read_back.even_if_active = true;
  read_back.with_logs = false;
  return kafka.read(read_back).map([](const auto&) {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: kafka_calls <bootstrap servers> <group> <topic>\n", stderr);
    return 2;
  }
  base::Metrics metrics;
  kafka::Admin admin(metrics);
  core::ReadRequest request;
  request.connection.bootstrap_servers = argv[1];
  request.group = argv[2];
  request.topics = {{argv[3], {}, {}}};
  for (int round = 0; round < kRounds; ++round) {
    const auto began = std::chrono::steady_clock::now();
    if (const auto done = reset(admin, request, round); !done) {
      std::fprintf(stderr, "kafka_calls: %s\n", done.error().message.c_str());
      return 1;
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    std::printf("%.3f\n", took.count());
  }
  return 0;
}
