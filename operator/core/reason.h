#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace core {

// Why a reset is where it is. The one vocabulary of the operator: an enumerator's name is the
// conditions' `reason`, the metrics' label, the logs' field and a heading in docs/reasons.md.
enum class Reason : std::uint8_t {
  // It worked.
  OffsetsReset,
  NothingToReset,
  DryRunSucceeded,
  // A connection reaches its cluster.
  Connected,
  // The plan is saved, and is applied in the same pass.
  Planned,
  // It waits for something that will come by itself.
  GroupActive,
  Settling,
  Queued,
  // It rests until a time or a person lets it go on.
  NotYet,
  Suspended,
  // The manifest asks for what can't be done.
  InvalidSpec,
  TopicNotFound,
  PartitionNotFound,
  OffsetOutOfRange,
  TimestampNotFound,
  CommitMissing,
  GuardExceeded,
  TooManyPartitions,
  GroupTypeUnsupported,
  // Somebody has to mend something outside of the manifest; then it goes on.
  ConnectionNotFound,
  SecretNotFound,
  ConfigMapNotFound,
  NotAuthenticated,
  // It ended without success, and a retry could do harm or would not help.
  NotAuthorized,
  AccessDenied,
  GroupStillActive,
  OffsetsMoved,
  Expired,
  VerificationFailed,
  InternalError,
  // It failed for now.
  KafkaUnavailable,
  KubernetesUnavailable,
  Conflict,
};

inline constexpr Reason kLastReason = Reason::Conflict;

// What a Reason means for the work. Kind alone decides requeue, conditions and metrics.
enum class Kind : std::uint8_t {
  Success,         // done for good
  Working,         // in the middle of a pass
  Waiting,         // polled until it can go on
  Paused,          // looked at when its time has come, or when it is changed
  UserError,       // refused for good; the user writes another manifest
  FixableError,    // retried with backoff; Stalled says that it waits for a person
  TerminalError,   // failed for good
  TransientError,  // retried with backoff
};

constexpr Kind kind_of(Reason reason) {
  switch (reason) {
    case Reason::OffsetsReset:
    case Reason::NothingToReset:
    case Reason::DryRunSucceeded:
    case Reason::Connected:
      return Kind::Success;
    case Reason::Planned:
      return Kind::Working;
    case Reason::GroupActive:
    case Reason::Settling:
    case Reason::Queued:
      return Kind::Waiting;
    case Reason::NotYet:
    case Reason::Suspended:
      return Kind::Paused;
    case Reason::InvalidSpec:
    case Reason::TopicNotFound:
    case Reason::PartitionNotFound:
    case Reason::OffsetOutOfRange:
    case Reason::TimestampNotFound:
    case Reason::CommitMissing:
    case Reason::GuardExceeded:
    case Reason::TooManyPartitions:
    case Reason::GroupTypeUnsupported:
      return Kind::UserError;
    case Reason::ConnectionNotFound:
    case Reason::SecretNotFound:
    case Reason::ConfigMapNotFound:
    case Reason::NotAuthenticated:
      return Kind::FixableError;
    case Reason::NotAuthorized:
    case Reason::AccessDenied:
    case Reason::GroupStillActive:
    case Reason::OffsetsMoved:
    case Reason::Expired:
    case Reason::VerificationFailed:
    case Reason::InternalError:
      return Kind::TerminalError;
    case Reason::KafkaUnavailable:
    case Reason::KubernetesUnavailable:
    case Reason::Conflict:
      return Kind::TransientError;
  }
  return Kind::TerminalError;  // unreachable: every enumerator is above
}

// A reset that came to this is finished for good. A dry run is not: its approval is still to come.
constexpr bool is_final(Reason reason) {
  const Kind kind = kind_of(reason);
  return reason != Reason::DryRunSucceeded &&
         (kind == Kind::Success || kind == Kind::UserError || kind == Kind::TerminalError);
}

constexpr std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::OffsetsReset:
      return "OffsetsReset";
    case Reason::NothingToReset:
      return "NothingToReset";
    case Reason::DryRunSucceeded:
      return "DryRunSucceeded";
    case Reason::Connected:
      return "Connected";
    case Reason::Planned:
      return "Planned";
    case Reason::GroupActive:
      return "GroupActive";
    case Reason::Settling:
      return "Settling";
    case Reason::Queued:
      return "Queued";
    case Reason::NotYet:
      return "NotYet";
    case Reason::Suspended:
      return "Suspended";
    case Reason::InvalidSpec:
      return "InvalidSpec";
    case Reason::TopicNotFound:
      return "TopicNotFound";
    case Reason::PartitionNotFound:
      return "PartitionNotFound";
    case Reason::OffsetOutOfRange:
      return "OffsetOutOfRange";
    case Reason::TimestampNotFound:
      return "TimestampNotFound";
    case Reason::CommitMissing:
      return "CommitMissing";
    case Reason::GuardExceeded:
      return "GuardExceeded";
    case Reason::TooManyPartitions:
      return "TooManyPartitions";
    case Reason::GroupTypeUnsupported:
      return "GroupTypeUnsupported";
    case Reason::ConnectionNotFound:
      return "ConnectionNotFound";
    case Reason::SecretNotFound:
      return "SecretNotFound";
    case Reason::ConfigMapNotFound:
      return "ConfigMapNotFound";
    case Reason::NotAuthenticated:
      return "NotAuthenticated";
    case Reason::NotAuthorized:
      return "NotAuthorized";
    case Reason::AccessDenied:
      return "AccessDenied";
    case Reason::GroupStillActive:
      return "GroupStillActive";
    case Reason::OffsetsMoved:
      return "OffsetsMoved";
    case Reason::Expired:
      return "Expired";
    case Reason::VerificationFailed:
      return "VerificationFailed";
    case Reason::InternalError:
      return "InternalError";
    case Reason::KafkaUnavailable:
      return "KafkaUnavailable";
    case Reason::KubernetesUnavailable:
      return "KubernetesUnavailable";
    case Reason::Conflict:
      return "Conflict";
  }
  return "InternalError";  // unreachable: every enumerator is above
}

// The Reason of that name; none if there is no such one (a status written by a newer operator).
std::optional<Reason> reason_from(std::string_view name);

// What went wrong: a Reason for programs and a sentence for people. The sentence names the thing
// and what was being done: "commit offsets of group orders: not the coordinator".
struct Error {
  Reason reason = Reason::InternalError;
  std::string message;

  bool operator==(const Error&) const = default;
};

// The world failing is a value.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Reason reason, std::string message) {
  return tl::unexpected<Error>(Error{reason, std::move(message)});
}

}  // namespace core
