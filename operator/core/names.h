#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/kafka_connection.h"
#include "core/offset_reset.h"

// The spelling of enumerators in manifests and statuses, once for both directions.
namespace core {

template <typename Enum>
struct Names;

template <>
struct Names<Position> {
  static constexpr std::array<std::pair<Position, std::string_view>, 4> kAll{
      {{Position::Earliest, "Earliest"},
       {Position::Latest, "Latest"},
       {Position::Current, "Current"},
       {Position::None, "None"}}};
};
template <>
struct Names<OutOfRange> {
  static constexpr std::array<std::pair<OutOfRange, std::string_view>, 3> kAll{
      {{OutOfRange::Clamp, "Clamp"}, {OutOfRange::Fail, "Fail"}, {OutOfRange::Skip, "Skip"}}};
};
template <>
struct Names<TimestampNotFound> {
  static constexpr std::array<std::pair<TimestampNotFound, std::string_view>, 3> kAll{
      {{TimestampNotFound::Latest, "Latest"},
       {TimestampNotFound::Fail, "Fail"},
       {TimestampNotFound::Skip, "Skip"}}};
};
template <>
struct Names<MissingCommit> {
  static constexpr std::array<std::pair<MissingCommit, std::string_view>, 3> kAll{
      {{MissingCommit::Set, "Set"}, {MissingCommit::Skip, "Skip"}, {MissingCommit::Fail, "Fail"}}};
};
template <>
struct Names<Isolation> {
  static constexpr std::array<std::pair<Isolation, std::string_view>, 2> kAll{
      {{Isolation::ReadUncommitted, "ReadUncommitted"},
       {Isolation::ReadCommitted, "ReadCommitted"}}};
};
template <>
struct Names<WhenActive> {
  static constexpr std::array<std::pair<WhenActive, std::string_view>, 2> kAll{
      {{WhenActive::Wait, "Wait"}, {WhenActive::Fail, "Fail"}}};
};
template <>
struct Names<Note> {
  static constexpr std::array<std::pair<Note, std::string_view>, 6> kAll{
      {{Note::ClampedToEarliest, "ClampedToEarliest"},
       {Note::ClampedToLatest, "ClampedToLatest"},
       {Note::SkippedOutOfRange, "SkippedOutOfRange"},
       {Note::SkippedTimestampNotFound, "SkippedTimestampNotFound"},
       {Note::SkippedMissingCommit, "SkippedMissingCommit"},
       {Note::Recommitted, "Recommitted"}}};
};
template <>
struct Names<GroupState> {
  static constexpr std::array<std::pair<GroupState, std::string_view>, 8> kAll{
      {{GroupState::Unknown, "Unknown"},
       {GroupState::PreparingRebalance, "PreparingRebalance"},
       {GroupState::CompletingRebalance, "CompletingRebalance"},
       {GroupState::Stable, "Stable"},
       {GroupState::Dead, "Dead"},
       {GroupState::Empty, "Empty"},
       {GroupState::Assigning, "Assigning"},
       {GroupState::Reconciling, "Reconciling"}}};
};
template <>
struct Names<GroupType> {
  static constexpr std::array<std::pair<GroupType, std::string_view>, 5> kAll{
      {{GroupType::Unknown, "Unknown"},
       {GroupType::Classic, "Classic"},
       {GroupType::Consumer, "Consumer"},
       {GroupType::Share, "Share"},
       {GroupType::Streams, "Streams"}}};
};

template <>
struct Names<ConnectionKind> {
  static constexpr std::array<std::pair<ConnectionKind, std::string_view>, 2> kAll{
      {{ConnectionKind::KafkaConnection, "KafkaConnection"},
       {ConnectionKind::ClusterKafkaConnection, "ClusterKafkaConnection"}}};
};
template <>
struct Names<SaslMechanism> {
  static constexpr std::array<std::pair<SaslMechanism, std::string_view>, 4> kAll{
      {{SaslMechanism::Plain, "PLAIN"},
       {SaslMechanism::ScramSha256, "SCRAM-SHA-256"},
       {SaslMechanism::ScramSha512, "SCRAM-SHA-512"},
       {SaslMechanism::OAuthBearer, "OAUTHBEARER"}}};
};
template <>
struct Names<LabelSelector::Operator> {
  static constexpr std::array<std::pair<LabelSelector::Operator, std::string_view>, 4> kAll{
      {{LabelSelector::Operator::In, "In"},
       {LabelSelector::Operator::NotIn, "NotIn"},
       {LabelSelector::Operator::Exists, "Exists"},
       {LabelSelector::Operator::DoesNotExist, "DoesNotExist"}}};
};

template <typename Enum>
constexpr std::string_view name_of(Enum value) {
  for (const auto& [candidate, name] : Names<Enum>::kAll) {
    if (candidate == value) return name;
  }
  return "Unknown";
}

template <typename Enum>
constexpr std::optional<Enum> value_of(std::string_view name) {
  for (const auto& [value, candidate] : Names<Enum>::kAll) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

// "Clamp, Fail or Skip": for messages.
template <typename Enum>
std::string choices() {
  constexpr auto& all = Names<Enum>::kAll;
  std::string text(all.front().second);
  for (std::size_t i = 1; i < all.size(); ++i) {
    text.append(i + 1 == all.size() ? " or " : ", ").append(all[i].second);
  }
  return text;
}

}  // namespace core
