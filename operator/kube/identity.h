#pragma once

#include <string>

#include "core/reason.h"
#include "kube/config.h"
#include "kube/patience.h"
#include "kube/pem.h"

namespace kube {

// What one connection is made with, in PEM.
struct TlsIdentity {
  std::string authority;  // empty: the system's authorities are trusted
  KeyPair own;

  bool operator==(const TlsIdentity&) const = default;
};

// As whom one request is sent, and to whom.
struct Identity {
  std::string token;  // empty: none
  TlsIdentity tls;

  bool operator==(const Identity&) const = default;
};

// As the configuration's sources have it now. It waits only for an exec plugin whose credential is
// missing or over; the error is the plugin's.
core::Result<Identity> current_identity(const Config& config, const Patience& patience);

enum class Refused : unsigned char {
  Credentials,  // 401
  Connection,   // which broke before there was an answer: maybe one of us does not trust the other
};

// Has everything read again at once that may be the cause; true if there is another identity now
// than the one that was used.
bool renew_identity(const Config& config, const Identity& used, Refused refused,
                    const Patience& patience);

}  // namespace kube
