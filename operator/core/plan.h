#pragma once

#include <optional>
#include <vector>

#include "core/offset_reset.h"
#include "core/selection.h"
#include "core/snapshot.h"

// From what a user wants and what Kafka said to what is to be committed. Pure.
namespace core {

// One row for each partition that is selected, resolved, in order of topic and partition.
// Errors: PartitionNotFound, OffsetOutOfRange, TimestampNotFound, CommitMissing, OffsetsMoved.
Result<std::vector<Row>> make_plan(const Spec& spec, const Selection& selection,
                                   const Snapshot& snapshot);

// The plan in numbers.
Summary impact(const std::vector<Row>& rows);

// Whether anything is to be committed or deleted.
bool changes_anything(const std::vector<Row>& rows);

// GuardExceeded, if the plan rewinds or skips more than the spec's guards allow.
std::optional<Error> exceeded_guard(const Spec& spec, const Summary& summary);

}  // namespace core
