#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

// Owners of librdkafka's objects, pointer-sized. An Event owns what its accessors return, so it
// must outlive every name, partition list and error read from it.
namespace kafka {

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};

// Without closing the consumer: no group was joined, so there is none to leave. Joins the library's
// threads, which can take seconds: never under a lock.
inline void destroy_handle(rd_kafka_t* handle) {
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using Handle = std::unique_ptr<rd_kafka_t, Destroy<destroy_handle>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using ErrorObject = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroy<rd_kafka_topic_partition_list_destroy>>;
using TopicCollection =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<rd_kafka_TopicCollection_destroy>>;
using CommittedQuery = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                       Destroy<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using CommitOrder = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                    Destroy<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using DeletionOrder = std::unique_ptr<rd_kafka_DeleteConsumerGroupOffsets_t,
                                      Destroy<rd_kafka_DeleteConsumerGroupOffsets_destroy>>;

}  // namespace kafka
