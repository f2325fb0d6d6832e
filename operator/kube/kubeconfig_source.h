#pragma once

#include <memory>
#include <string>

#include "core/reason.h"
#include "kube/kubeconfig_entry.h"
#include "kube/text_source.h"

namespace kube {

// What fields of a kubeconfig name; null if they are absent.

// <field>-data, in base64, or else the file <field>. `fault_of` as in TextSource, of both.
core::Result<std::shared_ptr<TextSource>> certificate_source(
    const KubeconfigEntry& entry, const std::string& field,
    const decltype(TextSource::File::fault_of)& fault_of = TextSource::File().fault_of);

// tokenFile, or else token.
core::Result<std::shared_ptr<TextSource>> token_source(const KubeconfigEntry& user);

}  // namespace kube
