#pragma once

#include <filesystem>
#include <vector>

#include "core/reason.h"
#include "kube/config.h"

namespace kube {

// Reads kubeconfig files, of which the first one that sets a value wins, and takes the current
// context. Relative paths in a file count from its folder. What is not supported (auth-provider,
// passwords, impersonation, proxy-url) is an error that says what to use instead.
core::Result<Config> read_kubeconfig(const std::vector<std::filesystem::path>& paths);

}  // namespace kube
