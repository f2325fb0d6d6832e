#include "kafka/json_web_token.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string>

namespace kafka {
namespace {

// Of base64url (RFC 4648, 5) without padding. Empty where it is none.
std::string decoded(std::string_view text) {
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  const auto padding = (4 - padded.size() % 4) % 4;
  padded.append(padding, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(padded.data()),
                                   static_cast<int>(padded.size()));
  if (size < 0) return {};
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace

nlohmann::json claims_in(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return nullptr;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return nullptr;
  auto claims =
      nlohmann::json::parse(decoded(token.substr(first + 1, second - first - 1)), nullptr, false);
  return claims.is_object() ? claims : nullptr;
}

}  // namespace kafka
