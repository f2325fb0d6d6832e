#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/ports.h"
#include "kube/watch_decoder.h"

// From what list and watch tell to what the operator wants to know of it.
namespace kube {

// metadata.resourceVersion of an object or a list; empty if there is none.
std::string resource_version_of(const nlohmann::json& object);

// The items that are not closed. One that can't be decoded is logged and left out.
std::vector<core::OffsetReset> open_resources(const nlohmann::json& list);

// The bookmark that ends the list at the beginning of a stream.
bool ends_list(const WatchEvent& event);

// Nothing for a bookmark, and for an object that can't be decoded, which is logged. An object that
// is closed is Deleted, as a server with the selector has it.
std::optional<core::Change> change_of(const WatchEvent& event);

}  // namespace kube
