#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kafka/handle.h"

// A real Kafka, driven by librdkafka's older calls, so that what is tested is not its own witness.
// Every failure throws.
namespace tests {

// The address in $KAFKA_BOOTSTRAP. Throws without it: no test passes for want of a broker.
std::string kafka_bootstrap();

// "orders-1a2b3c": names never meet those of another test or run.
std::string unique(const std::string& name);

struct Committed {
  std::int64_t offset = 0;
  std::string metadata;
  bool operator==(const Committed&) const = default;
};

// A right for whoever Kafka calls so.
struct Grant {
  std::string principal;  // "User:alice"
  rd_kafka_AclOperation_t operation = RD_KAFKA_ACL_OPERATION_UNKNOWN;
  rd_kafka_ResourceType_t type = RD_KAFKA_RESOURCE_UNKNOWN;
  std::string name;
};

class RealKafka {
 public:
  RealKafka();

  std::string cluster_id() const;
  // Returns the topic's name, which begins like that, once every partition has a leader.
  std::string make_topic(int partitions, const std::string& name = "topic");
  void delete_topic(const std::string& topic);
  // One record a timestamp, in milliseconds since 1970.
  void grant(const Grant& grant);
  void produce(const std::string& topic, int partition,
               const std::vector<std::int64_t>& timestamps);
  void delete_records(const std::string& topic, int partition, std::int64_t before);
  void commit(const std::string& group, const std::string& topic, int partition,
              const Committed& committed);
  std::optional<Committed> committed(const std::string& group, const std::string& topic,
                                     int partition);

 private:
  kafka::Handle admin_;
};

// A transaction with one record in it that is neither committed nor aborted, until it goes.
class OpenTransaction {
 public:
  OpenTransaction(const std::string& topic, int partition);
  ~OpenTransaction();
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;

 private:
  kafka::Handle producer_;
};

enum class Protocol { Classic, Consumer };  // before KIP-848, and with it

// A consumer in a group. There from the constructor on, gone when the destructor returns.
class GroupMember {
 public:
  GroupMember(Protocol protocol, const std::string& group, const std::string& topic);
  ~GroupMember();
  GroupMember(const GroupMember&) = delete;
  GroupMember& operator=(const GroupMember&) = delete;

 private:
  kafka::Handle consumer_;
  std::atomic<bool> is_member_{false};
  std::atomic<bool> stopping_{false};
  std::thread poller_;
};

}  // namespace tests
