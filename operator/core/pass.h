#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/next.h"

// What the parts of core::next share: where a pass stands, and how it ends.
namespace core {

const Spec& spec_of(const Observed& seen);

// The resource as it stands on the API server, as far as this pass knows.
const OffsetReset& current(const Observed& seen);
const std::vector<Row>& saved_rows(const Observed& seen);

bool is_expired(const Spec& spec, TimePoint now);

// A finished resource with a time to live stays open, as somebody has to delete it.
bool has_time_to_live(const OffsetReset& resource);
// When to look again at one that is finished and has so long to live.
std::chrono::milliseconds until_deletion(std::chrono::milliseconds left);

// A status as it is while nothing is planned: what a dropped plan leaves behind is gone.
Status without_plan(Status status, const Spec& spec);

// Whether a plan for that cluster is for another one than answered. What is not told is no other.
bool is_other_cluster(const std::string& planned, const Snapshot& snapshot);

// How long to sleep until then, or until the reset expires.
std::chrono::milliseconds until(const Observed& seen, TimePoint then);

Finish finish_without_write(Error outcome,
                            std::chrono::milliseconds poll = std::chrono::milliseconds(0));

// Ends the pass with `outcome` in the status; written only if that changes what it says.
Finish finish(const Observed& seen, Status status, Error outcome,
              std::chrono::milliseconds poll = std::chrono::milliseconds(0));
Finish finish(const Observed& seen, Error outcome,
              std::chrono::milliseconds poll = std::chrono::milliseconds(0));
Finish finish_without_plan(const Observed& seen, Error outcome,
                           std::chrono::milliseconds poll = std::chrono::milliseconds(0));

// The group has members: wait until it has none, as long as the spec says. `already`: what of the
// plan is applied, for people.
Finish wait_for_group(const Observed& seen, const GroupSnapshot& group, Status status,
                      const std::string& already = "");

// What an API server answered to a status write without which nothing can go on.
std::optional<Step> refused_write(const Observed& seen, const Result<OffsetReset>& stored);

}  // namespace core
