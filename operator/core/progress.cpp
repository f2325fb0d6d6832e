#include "core/progress.h"

#include <algorithm>

namespace core {
namespace {

const Commit* committed(const Snapshot& snapshot, const Row& row) {
  const auto* at = snapshot.find(row.topic, row.partition);
  return at != nullptr && at->committed ? &*at->committed : nullptr;
}

std::optional<std::int64_t> offset_of(const Commit* commit) {
  return commit != nullptr ? std::optional(commit->offset) : std::nullopt;
}

Elsewhere elsewhere(const Row& row, const Snapshot& snapshot) {
  return {row.topic, row.partition, row.after, offset_of(committed(snapshot, row))};
}

bool is_at_after(const Row& row, const Snapshot& snapshot) {
  return offset_of(committed(snapshot, row)) == row.after;
}

// Where a move leads nowhere else, only the stamp tells whether it was made.
bool is_applied(const Row& row, const Snapshot& snapshot, const std::string& stamp) {
  if (row.is_move()) return is_at_after(row, snapshot);
  const Commit* commit = committed(snapshot, row);
  return commit != nullptr && commit->metadata == stamp;
}

// What one partition adds to a record batch of the offsets log, generously: a key of group, topic
// and partition, a value of offset, metadata and times (measured at about 55 bytes beside the
// strings).
std::size_t bytes_of(const Spec& spec, const Row& row, const std::string& stamp) {
  constexpr std::size_t kFixed = 80;
  return kFixed + spec.group.size() + row.topic.size() + stamp.size();
}

// The changes of one request.
using Batch = std::vector<const Row*>;

void add(std::vector<Batch>& batches, std::size_t& bytes, const Row& row, std::size_t size,
         bool is_to_begin) {
  constexpr std::size_t kMaxBytes = 900'000;
  if (is_to_begin || bytes + size > kMaxBytes) {
    batches.emplace_back();
    bytes = 0;
  }
  batches.back().push_back(&row);
  bytes += size;
}

// Deletions are by topic: the coordinator refuses those of a topic that members subscribe to, and
// no others.
std::vector<Batch> batches_of(const Spec& spec, const std::string& stamp,
                              const std::vector<Row>& rows) {
  std::vector<Batch> batches;
  std::size_t bytes = 0;
  for (const Row& row : rows) {
    if (!row.is_change() || row.is_deletion()) continue;
    add(batches, bytes, row, bytes_of(spec, row, stamp), batches.empty());
  }
  const std::string* topic = nullptr;
  for (const Row& row : rows) {
    if (!row.is_deletion()) continue;
    const bool is_new_topic = topic == nullptr || *topic != row.topic;
    add(batches, bytes, row, bytes_of(spec, row, stamp), is_new_topic);
    topic = &row.topic;
  }
  return batches;
}

}  // namespace

std::string commit_stamp(const std::string& uid) { return "offsetreset.io/" + uid; }

std::vector<CommitRequest> commit_requests(const Spec& spec, const std::string& uid,
                                           const std::vector<Row>& rows) {
  const auto stamp = commit_stamp(uid);
  std::vector<CommitRequest> requests;
  for (const Batch& batch : batches_of(spec, stamp, rows)) {
    CommitRequest request{{}, spec.group, stamp, {}, {}};
    for (const Row* row : batch) {
      if (row->after) {
        request.offsets.push_back({row->topic, row->partition, *row->after});
      } else {
        request.deletions.push_back({row->topic, row->partition});
      }
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

ReadRequest read_back_request(const Spec& spec, const std::vector<Row>& rows) {
  ReadRequest request;
  request.group = spec.group;
  request.even_if_active = true;
  request.with_logs = false;
  for (const Row& row : rows) {
    if (request.topics.empty() || request.topics.back().topic != row.topic) {
      request.topics.push_back({row.topic, {}, {}});
    }
    request.topics.back().partitions.push_back(row.partition);
  }
  return request;
}

HistoryRequest history_request(const Spec& spec, const std::string& uid,
                               const std::vector<Row>& rows, TimePoint since) {
  HistoryRequest request{{}, spec.group, commit_stamp(uid), {}, since};
  for (const Row& row : rows) {
    if (row.is_deletion()) request.deletions.push_back({row.topic, row.partition});
  }
  return request;
}

bool can_return_to_before(const std::vector<Row>& rows) {
  bool has_moves = false;
  for (const Row& row : rows) {
    if (!row.is_move()) continue;
    const bool is_rewind = row.before && (!row.after || *row.after < *row.before);
    if (!is_rewind) return false;
    has_moves = true;
  }
  return has_moves;
}

// Each request is applied all or nothing, and in turn. So a move that is still at `before` although
// its own or a later request is applied was not left out: a consumer has come back to there.
Progress progress(const Spec& spec, const std::string& uid, const std::vector<Row>& rows,
                  const Snapshot& snapshot) {
  const auto stamp = commit_stamp(uid);
  const auto batches = batches_of(spec, stamp, rows);
  Progress progress;
  progress.requests = batches.size();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool is_done = std::any_of(batches[i].begin(), batches[i].end(), [&](const Row* row) {
      return is_applied(*row, snapshot, stamp);
    });
    if (is_done) progress.requests_done = i + 1;
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    for (const Row* row : batches[i]) {
      const auto& wanted = i < progress.requests_done ? row->after : row->before;
      if (offset_of(committed(snapshot, *row)) != wanted) {
        progress.elsewhere.push_back(elsewhere(*row, snapshot));
      }
    }
  }
  return progress;
}

std::vector<Elsewhere> not_applied(const std::vector<Row>& rows, const Snapshot& snapshot) {
  std::vector<Elsewhere> failed;
  for (const Row& row : rows) {
    if (row.is_skipped() || is_at_after(row, snapshot)) continue;
    failed.push_back(elsewhere(row, snapshot));
  }
  return failed;
}

Summary count_applied(Summary summary, const std::vector<Row>& rows, const Snapshot& snapshot) {
  summary.failed = static_cast<std::int64_t>(not_applied(rows, snapshot).size());
  summary.moved = std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
    return row.is_move() && is_at_after(row, snapshot);
  });
  return summary;
}

}  // namespace core
