#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/connection.h"
#include "core/reason.h"
#include "kafka/handle.h"

namespace kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

// What librdkafka is told of a connection, by its names of properties; a later one overrides an
// earlier one. Passwords, certificates and keys are in it, as texts in memory: never to be printed.
// Errors: InvalidSpec (a list of servers or a property that may not be), NotAuthenticated (there is
// no password, or no user).
core::Result<Settings> settings_of(const core::Connection& connection);

// The same as librdkafka has it. InvalidSpec too: a property with a value that the library refuses,
// with its reason.
core::Result<Conf> configuration_of(const core::Connection& connection);

}  // namespace kafka
