#include "kube/identity.h"

#include "kube/exec_source.h"
#include "kube/key_pair_source.h"

namespace kube {
namespace {

std::string text_of(const std::shared_ptr<TextSource>& source) {
  return source ? source->current() : std::string();
}

void refresh(const std::shared_ptr<TextSource>& source) {
  if (source) source->refresh();
}

}  // namespace

core::Result<Identity> current_identity(const Config& config, const Patience& patience) {
  Identity identity;
  identity.tls.authority = text_of(config.certificate_authority);
  identity.token = text_of(config.token);
  if (config.key_pair) identity.tls.own = config.key_pair->current();
  if (!config.exec) return identity;
  auto credential = config.exec->current(patience);
  if (!credential) return tl::unexpected(credential.error());
  identity.token = std::move(credential->token);
  identity.tls.own = std::move(credential->key_pair);
  return identity;
}

bool renew_identity(const Config& config, const Identity& used, Refused refused,
                    const Patience& patience) {
  if (config.key_pair) config.key_pair->refresh();
  if (refused == Refused::Connection) {
    refresh(config.certificate_authority);
  } else {
    refresh(config.token);
    if (config.exec) config.exec->renew(used.token, used.tls.own, patience);
  }
  const auto now = current_identity(config, patience);
  return now && *now != used;
}

}  // namespace kube
