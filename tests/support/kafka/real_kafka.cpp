#include "support/kafka/real_kafka.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <utility>

namespace tests {
namespace {

using namespace std::chrono_literals;
using Topic = std::unique_ptr<rd_kafka_topic_t, kafka::Destroy<rd_kafka_topic_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, kafka::Destroy<rd_kafka_NewTopic_destroy>>;
using DeleteTopic =
    std::unique_ptr<rd_kafka_DeleteTopic_t, kafka::Destroy<rd_kafka_DeleteTopic_destroy>>;
using Acl = std::unique_ptr<rd_kafka_AclBinding_t, kafka::Destroy<rd_kafka_AclBinding_destroy>>;
using DeleteRecords =
    std::unique_ptr<rd_kafka_DeleteRecords_t, kafka::Destroy<rd_kafka_DeleteRecords_destroy>>;
using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr int kTimeoutMs = 30'000;

void check(rd_kafka_resp_err_t code, const std::string& doing) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  throw std::runtime_error(fmt::format("{}: {}", doing, rd_kafka_err2str(code)));
}

void check(rd_kafka_error_t* owned, const std::string& doing) {
  const kafka::ErrorObject error(owned);
  check(rd_kafka_error_code(error.get()), doing);
}

kafka::Handle open(rd_kafka_type_t type, Settings settings) {
  settings.emplace_back("bootstrap.servers", kafka_bootstrap());
  std::array<char, 512> text{};
  kafka::Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(text.data());
    }
  }
  kafka::Handle handle(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (!handle) throw std::runtime_error(text.data());
  static_cast<void>(conf.release());
  return handle;
}

template <typename Send>
void admin_call(rd_kafka_t* handle, const std::string& doing, Send send) {
  const kafka::Queue queue(rd_kafka_queue_new(handle));
  send(queue.get());
  const kafka::Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event) throw std::runtime_error(doing + ": no answer");
  check(rd_kafka_event_error(event.get()), doing);
}

kafka::PartitionList one(const std::string& topic, int partition, std::int64_t offset) {
  kafka::PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  return list;
}

void produce_one(rd_kafka_t* handle, const std::string& topic, int partition,
                 std::int64_t timestamp) {
  std::array<rd_kafka_vu_t, 3> fields{};
  fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  fields[0].u.cstr = topic.c_str();
  fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  fields[1].u.i32 = partition;
  fields[2].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  fields[2].u.i64 = timestamp;
  check(rd_kafka_produceva(handle, fields.data(), fields.size()), "produce");
}

// The metadata names a leader before that broker knows of it.
bool answers(rd_kafka_t* handle, const std::string& topic, int partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  return rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &low, &high, 1000) ==
         RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool has_leaders(rd_kafka_t* handle, const std::string& topic, int partitions) {
  const Topic object(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  check(rd_kafka_metadata(handle, 0, object.get(), &metadata, kTimeoutMs), "metadata");
  const auto& found = metadata->topics[0];
  bool ready = found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt == partitions;
  for (int i = 0; ready && i < partitions; ++i) {
    ready =
        found.partitions[i].err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partitions[i].leader >= 0;
  }
  rd_kafka_metadata_destroy(metadata);
  return ready;
}

template <typename Condition>
void wait_until(const std::string& doing, Condition is_met) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
  while (!is_met()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(doing + ": too slow");
    std::this_thread::sleep_for(10ms);
  }
}

}  // namespace

std::string kafka_bootstrap() {
  const char* address = std::getenv("KAFKA_BOOTSTRAP");
  if (address == nullptr) throw std::runtime_error("KAFKA_BOOTSTRAP is not set: see scripts/rig");
  return address;
}

std::string unique(const std::string& name) {
  static std::mt19937_64 random(std::random_device{}());
  return fmt::format("{}-{:012x}", name, random() & 0xffffffffffff);
}

RealKafka::RealKafka() : admin_(open(RD_KAFKA_PRODUCER, {})) {}

std::string RealKafka::cluster_id() const {
  char* id = rd_kafka_clusterid(admin_.get(), kTimeoutMs);
  if (id == nullptr) throw std::runtime_error("no cluster id");
  const std::string copy = id;
  rd_kafka_mem_free(admin_.get(), id);
  return copy;
}

std::string RealKafka::make_topic(int partitions, const std::string& name) {
  auto topic = unique(name);
  std::array<char, 512> text{};
  const NewTopic order(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, text.data(), text.size()));
  auto* argument = order.get();
  admin_call(admin_.get(), "make topic", [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(admin_.get(), &argument, 1, nullptr, queue);
  });
  wait_until("leaders", [&] { return has_leaders(admin_.get(), topic, partitions); });
  for (int i = 0; i < partitions; ++i) {
    wait_until("a leader", [&] { return answers(admin_.get(), topic, i); });
  }
  return topic;
}

void RealKafka::grant(const Grant& grant) {
  std::array<char, 512> text{};
  const Acl acl(rd_kafka_AclBinding_new(
      grant.type, grant.name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, grant.principal.c_str(),
      "*", grant.operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text.data(), text.size()));
  if (!acl) throw std::runtime_error(text.data());
  auto* argument = acl.get();
  admin_call(admin_.get(), "grant a right", [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateAcls(admin_.get(), &argument, 1, nullptr, queue);
  });
}

void RealKafka::delete_topic(const std::string& topic) {
  const DeleteTopic order(rd_kafka_DeleteTopic_new(topic.c_str()));
  auto* argument = order.get();
  admin_call(admin_.get(), "delete topic", [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(admin_.get(), &argument, 1, nullptr, queue);
  });
}

void RealKafka::produce(const std::string& topic, int partition,
                        const std::vector<std::int64_t>& timestamps) {
  for (const auto timestamp : timestamps) {
    produce_one(admin_.get(), topic, partition, timestamp);
  }
  check(rd_kafka_flush(admin_.get(), kTimeoutMs), "flush");
}

void RealKafka::delete_records(const std::string& topic, int partition, std::int64_t before) {
  const auto list = one(topic, partition, before);
  const DeleteRecords order(rd_kafka_DeleteRecords_new(list.get()));
  auto* argument = order.get();
  admin_call(admin_.get(), "delete records", [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords(admin_.get(), &argument, 1, nullptr, queue);
  });
}

void RealKafka::commit(const std::string& group, const std::string& topic, int partition,
                       const Committed& committed) {
  const auto consumer = open(RD_KAFKA_CONSUMER, {{"group.id", group}});
  const auto list = one(topic, partition, committed.offset);
  auto& row = list->elems[0];
  if (!committed.metadata.empty()) {
    row.metadata = rd_kafka_mem_malloc(nullptr, committed.metadata.size());
    row.metadata_size = committed.metadata.size();
    committed.metadata.copy(static_cast<char*>(row.metadata), committed.metadata.size());
  }
  check(rd_kafka_commit(consumer.get(), list.get(), 0), "commit");
}

std::optional<Committed> RealKafka::committed(const std::string& group, const std::string& topic,
                                              int partition) {
  const auto consumer = open(RD_KAFKA_CONSUMER, {{"group.id", group}});
  const auto list = one(topic, partition, RD_KAFKA_OFFSET_INVALID);
  check(rd_kafka_committed(consumer.get(), list.get(), kTimeoutMs), "committed");
  const auto& row = list->elems[0];
  check(row.err, "committed");
  if (row.offset < 0) return std::nullopt;
  const auto* metadata = static_cast<const char*>(row.metadata);
  return Committed{row.offset, metadata == nullptr ? "" : std::string(metadata, row.metadata_size)};
}

OpenTransaction::OpenTransaction(const std::string& topic, int partition)
    : producer_(open(RD_KAFKA_PRODUCER, {{"transactional.id", unique("transaction")}})) {
  check(rd_kafka_init_transactions(producer_.get(), kTimeoutMs), "init transactions");
  check(rd_kafka_begin_transaction(producer_.get()), "begin transaction");
  produce_one(producer_.get(), topic, partition, 1);
  check(rd_kafka_flush(producer_.get(), kTimeoutMs), "flush");
}

OpenTransaction::~OpenTransaction() {
  const kafka::ErrorObject error(rd_kafka_abort_transaction(producer_.get(), kTimeoutMs));
}

GroupMember::GroupMember(Protocol protocol, const std::string& group, const std::string& topic)
    : consumer_(open(RD_KAFKA_CONSUMER, protocol == Protocol::Classic
                                            ? Settings{{"group.id", group},
                                                       {"client.id", "witness"},
                                                       {"enable.auto.commit", "false"}}
                                            : Settings{{"group.id", group},
                                                       {"client.id", "witness"},
                                                       {"enable.auto.commit", "false"},
                                                       {"group.protocol", "consumer"}})) {
  rd_kafka_poll_set_consumer(consumer_.get());
  const auto topics = one(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_OFFSET_INVALID);
  check(rd_kafka_subscribe(consumer_.get(), topics.get()), "subscribe");
  poller_ = std::thread([this] {
    while (!stopping_) {
      if (auto* message = rd_kafka_consumer_poll(consumer_.get(), 50)) {
        rd_kafka_message_destroy(message);
      }
      rd_kafka_topic_partition_list_t* assigned = nullptr;
      if (is_member_ || rd_kafka_assignment(consumer_.get(), &assigned) != 0) continue;
      const kafka::PartitionList owner(assigned);
      if (assigned->cnt > 0) is_member_ = true;
    }
  });
  wait_until("join the group", [&] { return is_member_.load(); });
}

GroupMember::~GroupMember() {
  stopping_ = true;
  poller_.join();
  rd_kafka_consumer_close(consumer_.get());
}

}  // namespace tests
