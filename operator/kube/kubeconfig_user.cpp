#include "kube/kubeconfig_user.h"

#include "base/log.h"
#include "kube/exec_source.h"
#include "kube/key_pair_source.h"
#include "kube/kubeconfig_exec.h"
#include "kube/kubeconfig_source.h"

namespace kube {
namespace {

// Longer than signing in over a slow network takes.
constexpr std::chrono::seconds kPluginDeadline{60};

core::Result<void> check_supported(const KubeconfigEntry& user) {
  constexpr const char* kUseAnother =
      "use a client certificate, a token, a tokenFile (kubectl create token makes one) or exec";
  constexpr const char* kUseTheUser = "give the credentials of the wanted user";
  return refuse_unsupported(user, {{"auth-provider", kUseAnother},
                                   {"username", kUseAnother},
                                   {"password", kUseAnother},
                                   {"as", kUseTheUser},
                                   {"as-uid", kUseTheUser},
                                   {"as-groups", kUseTheUser},
                                   {"as-user-extra", kUseTheUser}});
}

core::Result<std::shared_ptr<KeyPairSource>> key_pair_source(const KubeconfigEntry& user) {
  auto certificate = certificate_source(user, "client-certificate");
  if (!certificate) return tl::unexpected(certificate.error());
  auto key = certificate_source(user, "client-key");
  if (!key) return tl::unexpected(key.error());
  if (!*certificate && !*key) return std::shared_ptr<KeyPairSource>();
  if (!*certificate || !*key) {
    return refuse_kubeconfig(user.label,
                             "client-certificate and client-key go together; one is missing");
  }
  return KeyPairSource::of(user.label, *std::move(certificate), *std::move(key));
}

core::Result<void> take_exec(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                             Config& config) {
  auto plugin = read_exec(user, cluster, config.certificate_authority);
  if (!plugin) return tl::unexpected(plugin.error());
  if (config.token || config.key_pair) {
    base::log_info("exec plugin is not asked: the user has other credentials",
                   {{"user", user.label}});
    return {};
  }
  config.exec =
      std::make_shared<ExecSource>([plugin = *std::move(plugin)](const std::stop_token& stop) {
        return run_exec_plugin(plugin, kPluginDeadline, stop);
      });
  return {};
}

}  // namespace

core::Result<void> take_user(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                             Config& config) {
  if (auto supported = check_supported(user); !supported) return supported;
  auto key_pair = key_pair_source(user);
  if (!key_pair) return tl::unexpected(key_pair.error());
  auto token = token_source(user);
  if (!token) return tl::unexpected(token.error());
  config.key_pair = *std::move(key_pair);
  config.token = *std::move(token);
  return user.has("exec") ? take_exec(user, cluster, config) : core::Result<void>();
}

}  // namespace kube
