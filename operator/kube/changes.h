#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/ports.h"
#include "kube/watch_decoder.h"

// From what list and watch tell to what the operator wants to know of it.
namespace kube {

// metadata.resourceVersion of an object or a list; empty if there is none.
std::string resource_version_of(const nlohmann::json& object);

// The bookmark that ends the list at the beginning of a stream.
bool ends_list(const WatchEvent& event);

// Nothing for a bookmark, and for an object that can't be decoded, which is logged. An object that
// is closed is Deleted, as a server with the selector has it.
std::optional<core::Change> change_of(const WatchEvent& event);

// The same of connections, which don't close.
std::optional<core::ConnectionChange> change_of(core::ConnectionKind kind, const WatchEvent& event);

}  // namespace kube
