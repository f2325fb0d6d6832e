#include "kube/listing.h"

#include <utility>

namespace kube {

void Listing::put(core::OffsetReset resource) {
  auto key = resource.key;
  resources_.insert_or_assign(std::move(key), std::move(resource));
}

void Listing::apply(core::Change change) {
  if (auto* applied = std::get_if<core::Applied>(&change)) put(std::move(applied->resource));
  if (const auto* deleted = std::get_if<core::Deleted>(&change)) resources_.erase(deleted->key);
}

std::vector<core::OffsetReset> Listing::take() {
  std::vector<core::OffsetReset> taken;
  taken.reserve(resources_.size());
  for (auto& [key, resource] : std::exchange(resources_, {})) taken.push_back(std::move(resource));
  return taken;
}

}  // namespace kube
