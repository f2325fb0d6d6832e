#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace tests {
namespace {

constexpr long kSecondsOfAnHour = 3600;

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* owned) const {
    function(owned);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

struct Wanted {
  std::string common_name;
  std::vector<std::pair<int, const char*>> extensions;  // by NID, in openssl.cnf's words
  int hours_from_now = 0;
};

std::string text_of(const Bio& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio);
}

Bio reader_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate fresh_certificate(const Wanted& wanted, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  // Two of one issuer and number would be taken for one.
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), std::random_device{}());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()),
                  (wanted.hours_from_now - 1) * kSecondsOfAnHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()),
                  (wanted.hours_from_now + 1) * kSecondsOfAnHour);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1,
                             -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

// `issuer` absent: it vouches for itself.
Certified make(const Wanted& wanted, const Certified* issuer) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = fresh_certificate(wanted, key.get());
  Key issuer_key;
  Certificate issuer_certificate;
  if (issuer != nullptr) {
    issuer_key.reset(
        PEM_read_bio_PrivateKey(reader_of(issuer->key).get(), nullptr, nullptr, nullptr));
    issuer_certificate.reset(
        PEM_read_bio_X509(reader_of(issuer->certificate).get(), nullptr, nullptr, nullptr));
  }
  X509* signer = issuer != nullptr ? issuer_certificate.get() : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, signer, made.get(), nullptr, nullptr, 0);
  for (const auto& [nid, value] : wanted.extensions) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    X509_add_ext(made.get(), extension.get(), -1);
  }
  if (X509_sign(made.get(), issuer != nullptr ? issuer_key.get() : key.get(), EVP_sha256()) == 0) {
    throw std::runtime_error("the certificate could not be signed");
  }
  return {pem_of(made.get()), pem_of(key.get())};
}

}  // namespace

Authority::Authority()
    : own_(make(
          {"test authority",
           {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_subject_key_identifier, "hash"}}},
          nullptr)) {}

Certified Authority::server() const {
  return make({"server",
               {{NID_authority_key_identifier, "keyid:always"},
                {NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"},
                {NID_ext_key_usage, "serverAuth"}}},
              &own_);
}

Certified Authority::client(const std::string& common_name, int hours_from_now) const {
  return make({common_name,
               {{NID_authority_key_identifier, "keyid:always"}, {NID_ext_key_usage, "clientAuth"}},
               hours_from_now},
              &own_);
}

}  // namespace tests
