#include "kube/kubeconfig_entry.h"

#include <fmt/format.h>

#include <utility>

namespace kube {

core::Result<std::vector<KubeconfigFile>> load_files(
    const std::vector<std::filesystem::path>& paths) {
  constexpr const char* kNone = "is empty, or no kubeconfig";
  std::vector<KubeconfigFile> files;
  for (const auto& path : paths) {
    try {
      files.push_back({path, YAML::LoadFile(path.string())});
    } catch (const YAML::Exception& error) {
      return refuse_kubeconfig("kubeconfig " + path.string(), error.what());
    }
    const YAML::Node& root = files.back().root;
    if (root.IsNull()) {
      files.pop_back();
    } else if (!root.IsMap()) {
      return refuse_kubeconfig("kubeconfig " + path.string(), kNone);
    }
  }
  if (files.empty()) return refuse_kubeconfig("kubeconfig " + paths.front().string(), kNone);
  return files;
}

core::Result<KubeconfigEntry> find_entry(const std::vector<KubeconfigFile>& files,
                                         const std::string& kind, const std::string& name) {
  for (const KubeconfigFile& file : files) {
    for (const auto& item : std::as_const(file.root)[kind + "s"]) {
      if (item["name"].as<std::string>("") != name) continue;
      const auto label = fmt::format("{} {} in {}", kind, name, file.path.string());
      return KubeconfigEntry{file.path, label, item[kind]};
    }
  }
  return refuse_kubeconfig("kubeconfig " + files.front().path.string(),
                           fmt::format("there is no {} \"{}\"", kind, name));
}

tl::unexpected<core::Error> refuse_kubeconfig(const std::string& where, std::string_view what) {
  return core::fail(core::Reason::InternalError, fmt::format("{}: {}", where, what));
}

core::Result<void> refuse_unsupported(const KubeconfigEntry& entry,
                                      std::initializer_list<UnsupportedField> unsupported) {
  for (const UnsupportedField& one : unsupported) {
    if (!entry.has(one.field)) continue;
    return refuse_kubeconfig(entry.label,
                             fmt::format("{} is not supported; {}", one.field, one.instead));
  }
  return {};
}

}  // namespace kube
