#include "core/snapshot.h"

#include <algorithm>
#include <tuple>

namespace core {

const PartitionSnapshot* Snapshot::find(const std::string& topic, std::int32_t partition) const {
  const auto wanted = std::tie(topic, partition);
  const auto found = std::lower_bound(partitions.begin(), partitions.end(), wanted,
                                      [](const PartitionSnapshot& at, const auto& key) {
                                        return std::tie(at.topic, at.partition) < key;
                                      });
  const bool is_there =
      found != partitions.end() && std::tie(found->topic, found->partition) == wanted;
  return is_there ? &*found : nullptr;
}

}  // namespace core
