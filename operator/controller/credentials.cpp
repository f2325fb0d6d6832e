#include "controller/credentials.h"

#include <utility>

namespace controller {

core::Result<core::Credentials> read_credentials(core::Kubernetes& kubernetes,
                                                 const std::vector<core::Holder>& holders) {
  core::Credentials credentials;
  for (const core::Holder& holder : holders) {
    auto texts = kubernetes.read_texts(holder);
    if (!texts) return tl::unexpected<core::Error>(std::move(texts).error());
    credentials.emplace(holder, *std::move(texts));
  }
  return credentials;
}

}  // namespace controller
