#include "kafka/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace kafka {
namespace {

struct Asked {
  const std::string& password;
  bool is_asked = false;
};

// Without a callback of one's own OpenSSL asks for a password at the terminal.
int give_password(char* buffer, int size, int, void* opaque) {
  auto& asked = *static_cast<Asked*>(opaque);
  asked.is_asked = true;
  const auto length = std::min(asked.password.size(), static_cast<std::size_t>(size));
  if (length == 0) return -1;
  asked.password.copy(buffer, length);
  return static_cast<int>(length);
}

Bio reader_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// What OpenSSL says of the end of a text, as of one without anything.
bool is_at_end() {
  const auto error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::vector<Certificate> certificates_in(const std::string& pem) {
  const Bio bio = reader_of(pem);
  std::vector<Certificate> certificates;
  ERR_clear_error();
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  if (!is_at_end()) certificates.clear();
  ERR_clear_error();
  return certificates;
}

KeyReading read_key(const std::string& pem, const std::string& password) {
  const Bio bio = reader_of(pem);
  Asked asked{password};
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &asked));
  ERR_clear_error();
  return {std::move(key), asked.is_asked};
}

bool is_pair(const Certificate& certificate, const PrivateKey& key) {
  const bool is_pair = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return is_pair;
}

std::string day_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

}  // namespace kafka
