#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/connection.h"
#include "core/kafka_connection.h"
#include "core/offset_reset.h"
#include "core/reason.h"
#include "core/snapshot.h"

// The boundary to the world. The adapters in kafka/ and kube/ implement it, controller/ calls it,
// tests put faults in between.
namespace core {

// What to read of a partition beside the group's commit and the log's bounds.
struct PartitionRead {
  std::optional<TimePoint> timestamp;       // the first record at or after it
  std::optional<std::string> source_group;  // what this group has committed
  bool operator==(const PartitionRead&) const = default;
};
struct TopicRead {
  std::string topic;
  std::vector<std::int32_t> partitions;  // ascending, each once; empty: all
  PartitionRead also;
  bool operator==(const TopicRead&) const = default;
};

// What to read of one group.
struct ReadRequest {
  Connection connection;
  std::string group;
  std::vector<TopicRead> topics;  // in order of topic, each once
  // Instead of `topics`: every partition that the group, or the source group, has a commit for.
  std::optional<PartitionRead> all_committed;
  Isolation isolation = Isolation::ReadUncommitted;
  // Read the offsets also if the group has members. Without it an active group is described and
  // nothing more is asked of the brokers.
  bool even_if_active = false;
  bool with_logs = true;  // false: log start, log end and `also` are not asked for
  // The plan may delete commits. Unless even_if_active, a right that it would lack is an error.
  bool deletes = false;
  bool operator==(const ReadRequest&) const = default;
};

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

// One partition's new committed offset.
struct OffsetCommit {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  bool operator==(const OffsetCommit&) const = default;
};

// One request to the coordinator, which applies all of it or nothing: an OffsetCommit, or an
// OffsetDelete of one topic's partitions. Exactly one of the lists is filled.
struct CommitRequest {
  Connection connection;
  std::string group;
  std::string metadata;  // stored with every offset
  std::vector<OffsetCommit> offsets;
  std::vector<TopicPartition> deletions;
  bool operator==(const CommitRequest&) const = default;
};

// Asks the coordinator's own log whether a commit with this metadata, or a deletion of the group's
// commit for one of these partitions, was ever stored.
struct HistoryRequest {
  Connection connection;
  std::string group;
  std::string metadata;
  std::vector<TopicPartition> deletions;  // in order
  TimePoint since;                        // not before that
};

struct ClusterDescription {
  std::string id;
  std::int64_t brokers = 0;
  bool operator==(const ClusterDescription&) const = default;
};

// What was seen of each of some groups.
using GroupSnapshots = std::map<std::string, Result<GroupSnapshot>>;

class Kafka {
 public:
  virtual ~Kafka() = default;

  // Describes these groups of one cluster, all at once. The result has each of them.
  virtual GroupSnapshots describe(const Connection& connection,
                                  const std::vector<std::string>& groups) = 0;

  // Describes the group and, if it has no members (or even_if_active), reads committed offsets, log
  // start and log end. A requested partition that does not exist is left out of the snapshot.
  // Errors: TopicNotFound, NotAuthorized, NotAuthenticated, KafkaUnavailable, GroupTypeUnsupported;
  // ConnectionNotFound, where the connection has settings that no client takes (of this class, all
  // functions; but describe_cluster says InvalidSpec).
  // A topic that the group has commits for and that does not exist any more is left out of a
  // snapshot of all_committed.
  virtual Result<Snapshot> read(const ReadRequest& request) = 0;

  // Commits without a member id, or deletes, which the coordinator refuses while the group has
  // members: then the error is GroupActive, and nothing was applied. After KafkaUnavailable it is
  // not known whether it was applied.
  virtual Result<void> commit(const CommitRequest& request) = 0;

  // Whether such a commit or deletion was stored, also if it has been overwritten since. An error
  // other than KafkaUnavailable: it can't be told, by rights or because the log is not there any
  // more.
  virtual Result<bool> was_committed(const HistoryRequest& request) = 0;

  // Who answers there. Errors: NotAuthenticated, KafkaUnavailable, each with the true reason.
  virtual Result<ClusterDescription> describe_cluster(const Connection& connection) = 0;
};

// What people are told of a resource beside its status (events.k8s.io/v1).
struct Event {
  enum class Type : std::uint8_t { Normal, Warning };  // Warning: somebody should look

  ObjectKey key;
  std::string uid;
  Type type = Type::Normal;
  std::string reason;  // the name of a Reason, or a word of its own
  std::string note;
  bool operator==(const Event&) const = default;
};

class Kubernetes {
 public:
  virtual ~Kubernetes() = default;

  // Replaces the status if resource.resource_version is still the stored one; returns the resource
  // as the server stored it. Errors: Conflict (somebody was faster, or the resource is gone),
  // KubernetesUnavailable (not known whether it was applied), InternalError (refused).
  virtual Result<OffsetReset> write_status(const OffsetReset& resource) = 0;

  // The resource as the server has it now. Errors: InvalidSpec (there is none of that name),
  // KubernetesUnavailable, InternalError (refused).
  virtual Result<OffsetReset> read_reset(const ObjectKey& key) = 0;

  // The text under `key` of a ConfigMap. Errors: ConfigMapNotFound (there is no such ConfigMap, or
  // no such key in it, or it may not be read), KubernetesUnavailable, InternalError.
  virtual Result<std::string> read_config_map(const ObjectKey& config_map,
                                              const std::string& key) = 0;

  // Every text of a Secret or ConfigMap. Errors: SecretNotFound or ConfigMapNotFound (it is not
  // there, or may not be read), KubernetesUnavailable, InternalError.
  virtual Result<Texts> read_texts(const Holder& holder) = 0;

  // Errors: ConnectionNotFound (it is not there, or may not be read), KubernetesUnavailable,
  // InternalError.
  virtual Result<KafkaConnection> read_connection(const ConnectionId& id) = 0;

  // Errors: ConnectionNotFound (the namespace may not be read, so who is admitted can't be told),
  // KubernetesUnavailable, InternalError.
  virtual Result<Labels> read_namespace_labels(const std::string& name) = 0;

  // As write_status.
  virtual Result<KafkaConnection> write_connection_status(const KafkaConnection& connection) = 0;

  // Deletes the resource if it still has that uid; that it is gone is a success. Errors:
  // KubernetesUnavailable, InternalError (refused).
  virtual Result<void> delete_reset(const ObjectKey& key, const std::string& uid) = 0;

  // Never blocks. An event may be lost.
  virtual void record_event(const Event& event) = 0;
};

// What a watch tells of the resources that are not closed.
struct Relisted {
  std::string namespace_name;  // its scope; empty: all namespaces
  std::vector<OffsetReset> resources;
  bool is_other_history = false;  // the server's past is another: what is known is not the newer
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

// The same of connections.
struct ConnectionsRelisted {
  ConnectionKind kind = ConnectionKind::KafkaConnection;
  std::string namespace_name;  // its scope; empty: all namespaces, or the cluster
  std::vector<KafkaConnection> connections;
};
struct ConnectionApplied {
  KafkaConnection connection;
};
struct ConnectionDeleted {
  ConnectionId id;
};
using ConnectionChange = std::variant<ConnectionsRelisted, ConnectionApplied, ConnectionDeleted>;
using ConnectionSink = std::function<void(ConnectionChange)>;

}  // namespace core
