#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/offset_reset.h"
#include "kube/watch_state.h"

// Paths and queries, encoded: of the resource OffsetReset, and of what it refers to.
namespace kube {

// Of a namespace; empty: of all.
std::string collection_path(std::string_view namespace_name);
std::string object_path(const core::ObjectKey& key);
std::string status_path(const core::ObjectKey& key);

std::string config_map_path(const core::ObjectKey& key);

// Of coordination.k8s.io/v1.
std::string leases_path(std::string_view namespace_name);
std::string lease_path(std::string_view namespace_name, std::string_view name);

// Of events.k8s.io/v1, in a namespace.
std::string events_path(std::string_view namespace_name);

// The next page of the list that the state is in.
std::string list_path(std::string_view namespace_name, const WatchState& state);

// The watch, or the list as a stream, that the state is in. The server ends it by itself after
// `timeout`.
std::string watch_path(std::string_view namespace_name, const WatchState& state,
                       std::chrono::seconds timeout);

}  // namespace kube
