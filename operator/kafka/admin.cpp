#include "kafka/admin.h"

#include <thread>
#include <utility>

#include "base/backoff.h"
#include "kafka/call.h"
#include "kafka/commit_history.h"
#include "kafka/commit_offsets.h"
#include "kafka/snapshot_reader.h"

namespace kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr int kAttempts = 6;

// A connection that failed has had its second chances within the call.
bool may_pass_by_itself(const core::Error& error, Client& client) {
  return error.reason == core::Reason::KafkaUnavailable && !client.failures().error();
}

}  // namespace

Admin::Admin(base::Metrics& metrics) : metrics_(metrics) {}

core::Result<core::Snapshot> Admin::read(const core::ReadRequest& request) {
  const auto deadline = steady_clock::now() + kPatience;
  base::Backoff pause(milliseconds(200), milliseconds(800));
  for (int attempt = 1;; ++attempt) {
    auto lease = pool_.take(request.bootstrap_servers);
    if (!lease) return tl::unexpected(std::move(lease).error());
    auto snapshot = read_snapshot(lease->client(), metrics_, request, deadline);
    if (snapshot) {
      lease->keep();
      return snapshot;
    }
    const auto delay = pause.next();
    if (attempt == kAttempts || !may_pass_by_itself(snapshot.error(), lease->client()) ||
        steady_clock::now() + delay >= deadline) {
      return snapshot;
    }
    std::this_thread::sleep_for(delay);
  }
}

core::Result<void> Admin::commit(const core::CommitRequest& request) {
  if (request.offsets.empty()) return {};
  auto lease = pool_.take(request.bootstrap_servers);
  if (!lease) return tl::unexpected(std::move(lease).error());
  const auto commit = commit_offsets(request);
  const auto answers = call(lease->client(), metrics_, {commit}, steady_clock::now() + kPatience);
  if (!answers) return tl::unexpected(answers.error());
  auto done = check_commit(answers->front(), commit.task);
  if (done) lease->keep();
  return done;
}

// Not kept: the handle has consumed, and the next one is to find a fresh one.
core::Result<bool> Admin::was_committed(const core::HistoryRequest& request) {
  auto lease = pool_.take(request.bootstrap_servers);
  if (!lease) return tl::unexpected(std::move(lease).error());
  return find_commit(lease->client(), metrics_, request, steady_clock::now() + kPatience);
}

}  // namespace kafka
