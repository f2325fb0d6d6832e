#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

// The bounds of a spec's fields, as in the resource definition (crds/).
namespace core {

inline constexpr std::size_t kMaxGroupLength = 255;
inline constexpr std::size_t kMaxServerLength = 259;  // host:port
inline constexpr std::size_t kMaxNameLength =
    253;  // Kubernetes': of an object, of a ConfigMap's key
inline constexpr std::size_t kMaxDurationLength = 64;
inline constexpr std::size_t kMaxTimeLength = 64;
inline constexpr std::size_t kMaxTopics = 100;
inline constexpr std::size_t kMaxPartitions = 1'000;       // that are named, of one topic
inline constexpr std::size_t kMaxNamedPartitions = 5'000;  // of all topics together
inline constexpr std::int64_t kMaxPartitionNumber = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int64_t kMaxWaitSeconds = 7LL * 24 * 60 * 60;
inline constexpr std::int64_t kMaxTtlSeconds = 366LL * 24 * 60 * 60;
inline constexpr std::int64_t kMaxSettleSeconds = 24LL * 60 * 60;

}  // namespace core
