#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/connection.h"
#include "core/reason.h"

namespace kafka {

// "KafkaConnection payments/prod: what"; of an inline connection, which has no name, only what.
inline std::string of_connection(const core::Connection& connection, std::string_view what) {
  return connection.name.empty() ? std::string(what) : fmt::format("{}: {}", connection.name, what);
}

// The error of something in a connection that a person has to mend.
template <typename... Arguments>
tl::unexpected<core::Error> not_authenticated(const core::Connection& connection,
                                              fmt::format_string<Arguments...> what,
                                              Arguments&&... arguments) {
  return core::fail(
      core::Reason::NotAuthenticated,
      of_connection(connection, fmt::format(what, std::forward<Arguments>(arguments)...)));
}

}  // namespace kafka
