#include "kube/kubeconfig.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kube/rotation.h"

namespace kube {
namespace {

struct Document {
  std::filesystem::path file;
  YAML::Node root;
};

// One cluster, user or context, with where it stands.
struct Entry {
  std::filesystem::path file;
  std::string label;  // "user admin in /home/me/.kube/config"
  YAML::Node body;

  std::string text(const char* field) const { return body[field].as<std::string>(""); }
  bool has(const char* field) const { return body[field].IsDefined() && !body[field].IsNull(); }
};

tl::unexpected<core::Error> refuse(const std::string& where, std::string_view what) {
  return core::fail(core::Reason::InternalError, fmt::format("{}: {}", where, what));
}

core::Result<std::vector<Document>> load(const std::vector<std::filesystem::path>& files) {
  std::vector<Document> documents;
  for (const auto& file : files) {
    try {
      documents.push_back({file, YAML::LoadFile(file.string())});
    } catch (const YAML::Exception& error) {
      return refuse("kubeconfig " + file.string(), error.what());
    }
    if (!documents.back().root.IsMap()) {
      return refuse("kubeconfig " + file.string(), "is empty, or no kubeconfig");
    }
  }
  return documents;
}

std::string current_context(const std::vector<Document>& documents) {
  for (const Document& document : documents) {
    auto name = std::as_const(document.root)["current-context"].as<std::string>("");
    if (!name.empty()) return name;
  }
  return {};
}

// `kind` is "user" for the list `users`, whose items are {name, user: {...}}.
core::Result<Entry> find(const std::vector<Document>& documents, const std::string& kind,
                         const std::string& name) {
  for (const Document& document : documents) {
    for (const auto& item : std::as_const(document.root)[kind + "s"]) {
      if (item["name"].as<std::string>("") != name) continue;
      const auto label = fmt::format("{} {} in {}", kind, name, document.file.string());
      return Entry{document.file, label, item[kind]};
    }
  }
  return refuse("kubeconfig " + documents.front().file.string(),
                fmt::format("there is no {} \"{}\"", kind, name));
}

std::optional<std::string> from_base64(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  // EVP_DecodeBlock (OpenSSL 3.0) counts the padding's zero bytes in.
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

using Source = std::shared_ptr<TextSource>;

core::Result<Source> file_source(const Entry& entry, const std::string& field,
                                 std::chrono::seconds max_age) {
  return TextSource::from_file(fmt::format("{}: {}", entry.label, field),
                               entry.file.parent_path() / entry.text(field.c_str()), max_age);
}

// <field>-data, in base64, or the file <field>; null if there is neither.
core::Result<Source> certificate_source(const Entry& entry, const std::string& field) {
  const auto data_field = field + "-data";
  if (const auto data = entry.text(data_field.c_str()); !data.empty()) {
    const auto text = from_base64(data);
    if (!text) return refuse(entry.label, data_field + " is not base64");
    return std::make_shared<TextSource>(*text);
  }
  if (entry.text(field.c_str()).empty()) return Source();
  return file_source(entry, field, kCertificateMaxAge);
}

core::Result<Source> token_source(const Entry& user) {
  if (!user.text("tokenFile").empty()) return file_source(user, "tokenFile", kTokenMaxAge);
  if (user.text("token").empty()) return Source();
  return std::make_shared<TextSource>(user.text("token"));
}

struct Unsupported {
  const char* field;
  const char* instead;
};

core::Result<void> refuse_unsupported(const Entry& entry,
                                      std::initializer_list<Unsupported> unsupported) {
  for (const Unsupported& one : unsupported) {
    if (!entry.has(one.field)) continue;
    return refuse(entry.label, fmt::format("{} is not supported; {}", one.field, one.instead));
  }
  return {};
}

core::Result<void> take_cluster(const Entry& cluster, Config& config) {
  auto supported = refuse_unsupported(
      cluster, {{"proxy-url", "give a server that can be reached without a proxy"}});
  if (!supported) return supported;
  auto server = parse_server_url(cluster.text("server"));
  if (!server) return refuse(cluster.label, "server: " + server.error().message);
  auto authority = certificate_source(cluster, "certificate-authority");
  if (!authority) return tl::unexpected(authority.error());
  config.server = *std::move(server);
  config.certificate_authority = *std::move(authority);
  config.tls_server_name = cluster.text("tls-server-name");
  config.insecure_skip_tls_verify = cluster.has("insecure-skip-tls-verify") &&
                                    cluster.body["insecure-skip-tls-verify"].as<bool>();
  return {};
}

core::Result<void> take_user(const Entry& user, Config& config) {
  constexpr const char* kUseToken =
      "use a client certificate, a token or a tokenFile (kubectl create token makes one)";
  auto supported =
      refuse_unsupported(user, {{"exec", kUseToken},
                                {"auth-provider", kUseToken},
                                {"username", kUseToken},
                                {"password", kUseToken},
                                {"as", "give the credentials of the wanted user"},
                                {"as-uid", "give the credentials of the wanted user"},
                                {"as-groups", "give the credentials of the wanted user"},
                                {"as-user-extra", "give the credentials of the wanted user"}});
  if (!supported) return supported;
  auto certificate = certificate_source(user, "client-certificate");
  if (!certificate) return tl::unexpected(certificate.error());
  auto key = certificate_source(user, "client-key");
  if (!key) return tl::unexpected(key.error());
  auto token = token_source(user);
  if (!token) return tl::unexpected(token.error());
  if ((*certificate == nullptr) != (*key == nullptr)) {
    return refuse(user.label, "client-certificate and client-key go together; one is missing");
  }
  config.client_certificate = *std::move(certificate);
  config.client_key = *std::move(key);
  config.token = *std::move(token);
  return {};
}

core::Result<Config> take_context(const std::vector<Document>& documents, const std::string& name) {
  const auto context = find(documents, "context", name);
  if (!context) return tl::unexpected(context.error());
  const auto cluster = find(documents, "cluster", context->text("cluster"));
  if (!cluster) return tl::unexpected(cluster.error());

  Config config;
  config.origin = context->label;
  if (const auto space = context->text("namespace"); !space.empty()) config.namespace_name = space;
  if (const auto taken = take_cluster(*cluster, config); !taken) {
    return tl::unexpected(taken.error());
  }
  if (context->text("user").empty()) return config;
  const auto user = find(documents, "user", context->text("user"));
  if (!user) return tl::unexpected(user.error());
  if (const auto taken = take_user(*user, config); !taken) return tl::unexpected(taken.error());
  return config;
}

}  // namespace

core::Result<Config> read_kubeconfig(const std::vector<std::filesystem::path>& files) {
  const auto documents = load(files);
  if (!documents) return tl::unexpected(documents.error());
  const std::string where = "kubeconfig " + files.front().string();
  try {
    const std::string context = current_context(*documents);
    if (context.empty()) return refuse(where, "current-context is not set");
    return take_context(*documents, context);
  } catch (const YAML::Exception& error) {  // a list where a mapping belongs, and the like
    return refuse(where, error.what());
  }
}

}  // namespace kube
