#include "support/world.h"

#include "core/status_codec.h"

namespace tests {
namespace {

std::optional<core::Error> fault(const std::function<std::optional<core::Error>()>& ask) {
  return ask ? ask() : std::nullopt;
}

}  // namespace

core::Result<core::Snapshot> World::read(const core::ReadRequest& request) {
  ++reads_;
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  core::Snapshot snapshot;
  snapshot.group.state = members_.empty() ? core::GroupState::Empty : core::GroupState::Stable;
  snapshot.group.type = core::GroupType::Classic;
  snapshot.group.members = members_;
  if (!members_.empty() && !request.even_if_active) return snapshot;
  snapshot.partition_count = static_cast<std::int32_t>(partitions_.size());
  for (std::int32_t id = 0; id < snapshot.partition_count; ++id) {
    if (request.partition != core::kAllPartitions && request.partition != id) continue;
    const Partition& at = partitions_[static_cast<std::size_t>(id)];
    snapshot.partitions.push_back({id, at.committed, at.log_start, at.log_end, std::nullopt});
  }
  return snapshot;
}

core::Result<void> World::commit(const core::CommitRequest& request) {
  ++commits_;
  if (auto error = fault(fail_commit)) return tl::unexpected<core::Error>(*error);
  if (!members_.empty()) return core::fail(core::Reason::GroupActive, "UNKNOWN_MEMBER_ID");
  bool is_effective = false;
  for (const auto& offset : request.offsets) {
    auto& at = partitions_[static_cast<std::size_t>(offset.partition)];
    is_effective = is_effective || !at.committed || at.committed->offset != offset.offset;
    at.committed = core::Commit{offset.offset, -1, request.metadata};
  }
  if (is_effective) ++effective_commits_;
  stamps_.insert(request.metadata);
  if (auto error = fault(lose_commit_reply)) return tl::unexpected<core::Error>(*error);
  return {};
}

core::Result<bool> World::was_committed(const core::HistoryRequest& request) {
  if (auto error = fault(fail_read)) return tl::unexpected<core::Error>(*error);
  return stamps_.contains(request.metadata);
}

core::Result<core::OffsetReset> World::write_status(const core::OffsetReset& wanted) {
  if (auto error = fault(fail_write)) return tl::unexpected<core::Error>(*error);
  if (wanted.uid != resource_.uid || wanted.resource_version != resource_.resource_version) {
    return core::fail(core::Reason::Conflict, "the object has been modified");
  }
  // Through JSON, as on the wire.
  resource_.status = core::decode_status(core::encode_status(wanted.status)).value();
  if (prune) prune(resource_);
  bump_version();
  ++status_writes_;
  if (auto error = fault(lose_write_reply)) return tl::unexpected<core::Error>(*error);
  return resource_;
}

void World::consume_to(std::size_t partition, std::int64_t offset) {
  partitions_.at(partition).committed = core::Commit{offset, 0, ""};
}

std::optional<std::int64_t> World::committed(std::size_t partition) const {
  const auto& commit = partitions_.at(partition).committed;
  return commit ? std::optional(commit->offset) : std::nullopt;
}

void World::bump_version() { resource_.resource_version = std::to_string(++version_); }

}  // namespace tests
