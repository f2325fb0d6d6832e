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

// The next page of the list that the state is in.
std::string list_path(std::string_view namespace_name, const WatchState& state);

// The server ends the watch by itself after `timeout`.
std::string watch_path(std::string_view namespace_name, const WatchState& state,
                       std::chrono::seconds timeout);

}  // namespace kube
