#include "kube/kubeconfig_source.h"

#include <fmt/format.h>

#include "kube/base64.h"
#include "kube/rotation.h"

namespace kube {
namespace {

using Source = std::shared_ptr<TextSource>;

std::string name_of(const KubeconfigEntry& entry, const std::string& field) {
  return fmt::format("{}: {}", entry.label, field);
}

}  // namespace

core::Result<Source> certificate_source(const KubeconfigEntry& entry, const std::string& field,
                                        const decltype(TextSource::File::fault_of)& fault_of) {
  const auto data_field = field + "-data";
  if (const auto data = entry.text(data_field.c_str()); !data.empty()) {
    const auto text = from_base64(data);
    if (!text) return refuse_kubeconfig(entry.label, data_field + " is not base64");
    const auto fault = fault_of(*text);
    if (!fault.empty()) return refuse_kubeconfig(entry.label, data_field + " " + fault);
    return std::make_shared<TextSource>(*text);
  }
  const auto file = entry.text(field.c_str());
  if (file.empty()) return Source();
  return TextSource::from_file({.field = name_of(entry, field),
                                .path = entry.path(file),
                                .max_age = kCertificateMaxAge,
                                .fault_of = fault_of});
}

core::Result<Source> token_source(const KubeconfigEntry& user) {
  if (const auto file = user.text("tokenFile"); !file.empty()) {
    return TextSource::from_file(
        {.field = name_of(user, "tokenFile"), .path = user.path(file), .max_age = kTokenMaxAge});
  }
  if (user.text("token").empty()) return Source();
  return std::make_shared<TextSource>(user.text("token"));
}

}  // namespace kube
