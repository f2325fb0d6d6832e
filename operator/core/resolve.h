#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/offset_reset.h"
#include "core/selection.h"
#include "core/snapshot.h"

namespace core {

// Where a partition is to go.
struct Resolved {
  std::optional<std::int64_t> offset;  // none: without a commit
  std::optional<Note> note;
};

// Why a partition refuses the whole reset: one of OffsetOutOfRange, TimestampNotFound,
// CommitMissing, OffsetsMoved, and the partition's part of the sentence.
struct Refusal {
  Reason reason;
  std::string detail;
};

// The rules are those of Kafka's own tool (ConsumerGroupCommand --reset-offsets), and beyond it
// those of docs/api.md.
tl::expected<Resolved, Refusal> resolve(const Spec& spec, const Target& target,
                                        const PartitionSnapshot& at);

// The whole sentence about the partitions that refused for one reason.
std::string refusal_message(const Spec& spec, Reason reason, const std::string& destination,
                            const std::vector<std::string>& details);

}  // namespace core
