#pragma once

#include "core/connection.h"
#include "core/reason.h"

namespace kafka {

// Looks at the authorities, the client certificate and its private key of a connection before they
// are used: what librdkafka and OpenSSL say of them later does not tell which of them is wrong. The
// error is NotAuthenticated, and says which and what to do; nothing of their content.
core::Result<void> check_certificates(const core::Connection& connection);

}  // namespace kafka
