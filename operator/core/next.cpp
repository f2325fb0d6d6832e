#include "core/next.h"

#include "core/beginning.h"
#include "core/completion.h"
#include "core/conditions.h"
#include "core/connecting.h"
#include "core/messages.h"
#include "core/pass.h"

namespace core {
namespace {

// A saved plan keeps what its status says: the write-ahead log is not touched out of turn.
Step wait_for_turn(const Observed& seen) {
  Error outcome{Reason::Queued, queued_message(spec_of(seen), *seen.ahead)};
  if (has_saved_plan(seen.resource.status)) {
    return finish_without_write(std::move(outcome), kQueuePoll);
  }
  return finish_without_plan(seen, std::move(outcome), until(seen, seen.now + kQueuePoll));
}

Step rest(const Observed& seen) {
  const bool has_plan = has_saved_plan(seen.resource.status);
  Error outcome{Reason::Suspended, suspended_message(spec_of(seen), has_plan)};
  if (has_plan) return finish(seen, std::move(outcome));
  Status status = without_plan(current(seen).status, spec_of(seen));
  status.waiting_since.reset();  // a wait begins anew when it is resumed
  return finish(seen, std::move(status), std::move(outcome));
}

// The dry run of this generation is done: it waits for its approval.
bool is_dry_run_done(const OffsetReset& resource) {
  return resource.spec->dry_run && reason_of(resource.status) == Reason::DryRunSucceeded &&
         resource.status.observed_generation == resource.generation;
}

// What holds back a reset that has not begun.
std::optional<Step> hold_back(const Observed& seen) {
  const Spec& spec = spec_of(seen);
  if (seen.resource.is_being_deleted) {
    return finish_without_write({Reason::Conflict, "the resource is being deleted"});
  }
  if (is_dry_run_done(seen.resource)) {
    return finish_without_write({Reason::DryRunSucceeded, "waits for its approval"});
  }
  if (is_expired(spec, seen.now)) {
    return finish_without_plan(seen, {Reason::Expired, expired_message(spec)});
  }
  if (spec.not_before && seen.now < *spec.not_before) {
    return finish_without_plan(seen, {Reason::NotYet, not_yet_message(spec)},
                               until(seen, *spec.not_before));
  }
  if (seen.ahead) return wait_for_turn(seen);
  return std::nullopt;
}

Step after_the_end(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  const Error outcome{reason_of(resource.status).value_or(Reason::NothingToReset),
                      "finished before"};
  if (resource.status.closed || !has_time_to_live(resource)) return finish_without_write(outcome);
  const TimePoint due = resource.status.completion_time.value_or(seen.now) + *resource.spec->ttl;
  if (seen.now < due) {
    return finish_without_write(outcome, until_deletion(due - seen.now));
  }
  if (!seen.deleted) return DeleteReset{resource.key, resource.uid};
  if (*seen.deleted) return finish_without_write(outcome);
  return finish_without_write({Reason::KubernetesUnavailable, seen.deleted->error().message});
}

Step decide(const Observed& seen) {
  const OffsetReset& resource = seen.resource;
  if (resource.status.closed || is_finished(resource.status)) return after_the_end(seen);
  if (!resource.spec) return finish(seen, resource.spec.error());
  if (resource.spec->suspend) return rest(seen);
  if (seen.saved) return apply(seen);
  if (has_saved_plan(resource.status)) return seen.ahead ? wait_for_turn(seen) : recover(seen);
  if (auto step = hold_back(seen)) return *std::move(step);
  return begin(seen);
}

}  // namespace

Step next(const Observed& seen) { return connect_first(seen, decide(seen)); }

bool wants_turn(const OffsetReset& resource, TimePoint now) {
  const bool has_ended = resource.status.closed || is_finished(resource.status);
  if (!resource.spec || has_ended || resource.spec->suspend) return false;
  if (has_saved_plan(resource.status)) return true;
  return !resource.spec->dry_run &&
         !(resource.spec->not_before && now < *resource.spec->not_before);
}

}  // namespace core
