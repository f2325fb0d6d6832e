#pragma once

#include "core/reason.h"
#include "kube/config.h"
#include "kube/kubeconfig_entry.h"

namespace kube {

// Who we are, into a Config. `cluster` is the context's, of which exec plugins may want to know;
// what it means is in the Config already. As with kubectl, a token or a certificate that is given
// goes before an exec plugin.
core::Result<void> take_user(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                             Config& config);

}  // namespace kube
