#include "kafka/commit_history.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/log.h"
#include "kafka/errors.h"
#include "kafka/offsets_topic.h"
#include "kafka/topic_description.h"

namespace kafka {
namespace {

using core::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A topic in librdkafka's older consumer, which needs no group: stopped when it goes.
class Reading {
 public:
  Reading(rd_kafka_t* handle, std::int32_t partition)
      : topic_(rd_kafka_topic_new(handle, kOffsetsTopic, nullptr)), partition_(partition) {}
  ~Reading() {
    if (is_started_) rd_kafka_consume_stop(topic_.get(), partition_);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  bool start(std::int64_t offset) {
    is_started_ = rd_kafka_consume_start(topic_.get(), partition_, offset) == 0;
    return is_started_;
  }
  // Null: nothing came in that time.
  Message next(milliseconds timeout) {
    return Message(rd_kafka_consume(topic_.get(), partition_, static_cast<int>(timeout.count())));
  }

 private:
  Topic topic_;
  std::int32_t partition_;
  bool is_started_ = false;
};

struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

int millis_until(Deadline deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(1, left.count()));
}

// The offsets from `since` to the log end. Begins at the log end if there is no record that young.
Result<Range> range_since(rd_kafka_t* handle, const Task& task, std::int32_t partition,
                          core::TimePoint since, Deadline deadline) {
  Range range;
  std::int64_t log_start = 0;
  auto code = rd_kafka_query_watermark_offsets(handle, kOffsetsTopic, partition, &log_start,
                                               &range.end, millis_until(deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  const PartitionList times(rd_kafka_topic_partition_list_new(1));
  auto* row = rd_kafka_topic_partition_list_add(times.get(), kOffsetsTopic, partition);
  row->offset = since.time_since_epoch().count();  // in: a timestamp; out: an offset, -1: none
  code = rd_kafka_offsets_for_times(handle, times.get(), millis_until(deadline));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = row->err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(error_of(task, code));
  range.begin = row->offset < 0 ? range.end : row->offset;
  return range;
}

// What a record of ours looks like.
class Trace {
 public:
  explicit Trace(const core::HistoryRequest& request) : metadata_(request.metadata) {
    for (const auto& at : request.deletions) {
      deleted_.insert(offset_commit_key(0, request.group, at));
      deleted_.insert(offset_commit_key(1, request.group, at));
    }
  }

  // The format of a commit is the broker's own and has several versions; the metadata stands in all
  // of them as it was given, and ours is unique. A deletion is the commit's key without a value.
  bool matches(const rd_kafka_message_t& record) const {
    if (record.payload != nullptr) {
      return text(record.payload, record.len).find(metadata_) != std::string_view::npos;
    }
    return record.key != nullptr && deleted_.contains(text(record.key, record.key_len));
  }

 private:
  static std::string_view text(const void* bytes, std::size_t size) {
    return {static_cast<const char*>(bytes), size};
  }

  std::string metadata_;
  std::set<std::string, std::less<>> deleted_;
};

// Offsets are not dense (compaction, transactions), and the last one may be no record: the end is
// reached when the broker has nothing more to give.
Result<bool> search(Reading& reading, const Task& task, Range range, const Trace& trace,
                    Deadline deadline) {
  while (steady_clock::now() < deadline) {
    const auto message = reading.next(milliseconds(millis_until(deadline)));
    if (!message) break;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return false;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return tl::unexpected(error_of(task, message->err));
    }
    if (message->offset < range.end && trace.matches(*message)) return true;
    if (message->offset + 1 >= range.end) return false;
  }
  return tl::unexpected(error_of(task, RD_KAFKA_RESP_ERR__TIMED_OUT));
}

Result<std::int32_t> partition_count(const Channel& channel, const Task& task) {
  const auto topics = describe_topics(channel, task.topics, false);
  if (!topics) return tl::unexpected(topics.error());
  const auto& topic = topics->begin()->second;
  if (topic) return topic->partitions;
  // The right to look alone would not help.
  const bool is_forbidden = topic.error().reason == core::Reason::NotAuthorized;
  return tl::unexpected(is_forbidden ? error_of(task, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
                                     : topic.error());
}

}  // namespace

Result<bool> find_commit(const Channel& channel, const core::HistoryRequest& request) {
  const Task task{Operation::History, request.group, {kOffsetsTopic}};
  const auto count = partition_count(channel, task);
  if (!count) return tl::unexpected(count.error());
  const auto partition = offsets_partition(request.group, *count);
  const auto began = steady_clock::now();
  const auto range =
      range_since(channel.client.handle(), task, partition, request.since, channel.deadline);
  if (!range) return tl::unexpected(range.error());
  if (range->begin >= range->end) return false;
  Reading reading(channel.client.handle(), partition);
  if (!reading.start(range->begin)) {
    return tl::unexpected(error_of(task, rd_kafka_last_error()));
  }
  auto found = search(reading, task, *range, Trace(request), channel.deadline);
  channel.metrics.observe(Operation::History, steady_clock::now() - began);
  base::log_info("looked for an earlier commit", {{"group", request.group},
                                                  {"partition", partition},
                                                  {"from_offset", range->begin},
                                                  {"to_offset", range->end},
                                                  {"found", found && *found}});
  return found;
}

}  // namespace kafka
