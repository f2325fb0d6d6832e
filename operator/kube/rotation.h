#pragma once

#include <chrono>

namespace kube {

// How old what was read from a file may become before it is read again: client-go's values.
inline constexpr std::chrono::seconds kTokenMaxAge{60};
inline constexpr std::chrono::seconds kCertificateMaxAge{300};

}  // namespace kube
