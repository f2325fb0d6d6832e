#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/reason.h"
#include "kube/config.h"
#include "kube/identity.h"

namespace httplib {
class ClientImpl;
}

namespace kube {

// httplib's client for that server; nothing is connected yet.
core::Result<std::unique_ptr<httplib::ClientImpl>> make_client(const Config& config,
                                                               const TlsIdentity& identity);

// OpenSSL's words for the result of a certificate's verification.
std::string certificate_error(std::uint64_t verify_result);

}  // namespace kube
