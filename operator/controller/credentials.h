#pragma once

#include <vector>

#include "core/ports.h"

namespace controller {

// All texts of these Secrets and ConfigMaps; the first error, if there is one.
core::Result<core::Credentials> read_credentials(core::Kubernetes& kubernetes,
                                                 const std::vector<core::Holder>& holders);

}  // namespace controller
