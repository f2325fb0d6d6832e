#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/offset_reset.h"
#include "kube/watch_state.h"

// Paths and queries, encoded: of our resources, and of what they refer to.
namespace kube {

// Of a resource of offsetreset.io/v1alpha1 by its plural, in a namespace; empty: in all, or of the
// cluster.
std::string collection_path(std::string_view plural, std::string_view namespace_name);
std::string object_path(std::string_view plural, const core::ObjectKey& key);
std::string status_path(std::string_view plural, const core::ObjectKey& key);

std::string config_map_path(const core::ObjectKey& key);
std::string secret_path(const core::ObjectKey& key);
std::string namespace_path(std::string_view name);

// Of coordination.k8s.io/v1.
std::string leases_path(std::string_view namespace_name);
std::string lease_path(std::string_view namespace_name, std::string_view name);

// Of events.k8s.io/v1, in a namespace.
std::string events_path(std::string_view namespace_name);

// What is listed and watched.
struct Collection {
  std::string path;
  std::string selector;  // of fields; empty: everything
};

// The next page of the list that the state is in.
std::string list_path(const Collection& collection, const WatchState& state);

// The watch, or the list as a stream, that the state is in. The server ends it by itself after
// `timeout`.
std::string watch_path(const Collection& collection, const WatchState& state,
                       std::chrono::seconds timeout);

}  // namespace kube
