#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/offset_reset.h"
#include "kube/errors.h"

namespace kube {

// The text under `key` of a ConfigMap as the server has it. The error, ConfigMapNotFound, says what
// is there instead.
core::Result<std::string> text_in(const nlohmann::json& config_map, const core::ObjectKey& name,
                                  const std::string& key);

// Why it could not be read: ConfigMapNotFound where somebody has to mend it, with what to do.
core::Error config_map_error(const Failure& failure, const core::ObjectKey& name,
                             const std::string& key);

}  // namespace kube
