#include "kube/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace kube {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Bio reader_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Without a callback of one's own OpenSSL asks for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::vector<Certificate> certificates_in(const std::string& pem) {
  const Bio bio = reader_of(pem);
  std::vector<Certificate> certificates;
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return certificates;
}

std::string fault_of_certificates(const std::string& pem) {
  return certificates_in(pem).empty() ? "holds no certificate in PEM" : "";
}

bool is_of_one_another(const KeyPair& pair) {
  const auto certificates = certificates_in(pair.certificate);
  const Bio bio = reader_of(pair.key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  const bool is_pair = !certificates.empty() && key &&
                       X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  return is_pair;
}

}  // namespace kube
