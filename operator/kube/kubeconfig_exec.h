#pragma once

#include <memory>

#include "core/reason.h"
#include "kube/exec_plugin.h"
#include "kube/kubeconfig_entry.h"

namespace kube {

// The field exec of a user. `authority`: of the cluster, null if it has none of its own.
core::Result<ExecPlugin> read_exec(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                                   std::shared_ptr<TextSource> authority);

}  // namespace kube
