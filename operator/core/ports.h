#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/offset_reset.h"
#include "core/reason.h"
#include "core/snapshot.h"

// The boundary to the world. The adapters in kafka/ and kube/ implement it, controller/ calls it,
// tests put faults in between.
namespace core {

// What to read of one group and one topic.
struct ReadRequest {
  std::string bootstrap_servers;
  std::string group;
  std::string topic;
  std::int32_t partition = kAllPartitions;
  std::optional<TimePoint> timestamp;  // also look up the first record at or after it
  // Read the offsets also if the group has members. Without it an active group is described and
  // nothing more is asked of the brokers.
  bool even_if_active = false;
};

// One partition's new committed offset.
struct OffsetCommit {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  bool operator==(const OffsetCommit&) const = default;
};

// One OffsetCommit request: the broker applies all of it or nothing.
struct CommitRequest {
  std::string bootstrap_servers;
  std::string group;
  std::string metadata;  // stored with every offset
  std::vector<OffsetCommit> offsets;
};

// Asks the coordinator's own log whether a commit with this metadata was ever stored.
struct HistoryRequest {
  std::string bootstrap_servers;
  std::string group;
  std::string metadata;
  TimePoint since;  // not before that
};

class Kafka {
 public:
  virtual ~Kafka() = default;

  // Describes the group and, if it has no members (or even_if_active), reads committed offsets, log
  // start and log end. A requested partition that does not exist is left out of the snapshot.
  // Errors: TopicNotFound, NotAuthorized, NotAuthenticated, KafkaUnavailable, GroupTypeUnsupported.
  virtual Result<Snapshot> read(const ReadRequest& request) = 0;

  // Commits without a member id, which the coordinator refuses while the group has members: then
  // the error is GroupActive, and nothing was applied. After KafkaUnavailable it is not known
  // whether it was applied.
  virtual Result<void> commit(const CommitRequest& request) = 0;

  // Whether such a commit was stored, also if it has been overwritten since. An error other than
  // KafkaUnavailable: it can't be told, by rights or because the log is not there any more.
  virtual Result<bool> was_committed(const HistoryRequest& request) = 0;
};

class Kubernetes {
 public:
  virtual ~Kubernetes() = default;

  // Replaces the status if resource.resource_version is still the stored one; returns the resource
  // as the server stored it. Errors: Conflict (somebody was faster, or the resource is gone),
  // KubernetesUnavailable (not known whether it was applied), InternalError (refused).
  virtual Result<OffsetReset> write_status(const OffsetReset& resource) = 0;
};

// What a watch tells of the resources that are not closed.
struct Relisted {
  std::string namespace_name;  // its scope; empty: all namespaces
  std::vector<OffsetReset> resources;
};
struct Applied {
  OffsetReset resource;
};
// Deleted, or closed: either way it is none of ours any more.
struct Deleted {
  ObjectKey key;
  std::string uid;
};
using Change = std::variant<Relisted, Applied, Deleted>;
using ChangeSink = std::function<void(Change)>;

}  // namespace core
