#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

namespace kube {

// One kubeconfig file as it is. What reads it may throw YAML::Exception where it is of another
// shape.
struct KubeconfigFile {
  std::filesystem::path path;
  YAML::Node root;
};

// Reads them all; those that are empty are passed over, but not all may be.
core::Result<std::vector<KubeconfigFile>> load_files(
    const std::vector<std::filesystem::path>& paths);

// One cluster, user or context, with where it stands.
struct KubeconfigEntry {
  std::filesystem::path file;
  std::string label;  // "user admin in /home/me/.kube/config"
  YAML::Node body;

  std::string text(const char* field) const { return body[field].as<std::string>(""); }
  bool has(const char* field) const { return body[field].IsDefined() && !body[field].IsNull(); }
  bool is_true(const char* field) const { return has(field) && body[field].as<bool>(); }

  // Relative ones count from the file's folder.
  std::filesystem::path path(const std::string& name) const { return file.parent_path() / name; }
};

// `kind` is "user" for the list `users`, whose items are {name, user: {...}}. Of several files the
// first one that has it counts, as a whole.
core::Result<KubeconfigEntry> find_entry(const std::vector<KubeconfigFile>& files,
                                         const std::string& kind, const std::string& name);

// An error about a field of a kubeconfig.
tl::unexpected<core::Error> refuse_kubeconfig(const std::string& where, std::string_view what);

struct UnsupportedField {
  const char* field;
  const char* instead;
};
core::Result<void> refuse_unsupported(const KubeconfigEntry& entry,
                                      std::initializer_list<UnsupportedField> unsupported);

}  // namespace kube
