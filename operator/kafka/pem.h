#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "kafka/handle.h"

// Certificates and keys out of PEM, by OpenSSL. Nothing of a key is ever told.
namespace kafka {

using Bio = std::unique_ptr<BIO, Destroy<BIO_free>>;
using Certificate = std::unique_ptr<X509, Destroy<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Destroy<EVP_PKEY_free>>;

// All of them; none if the text has none, or if one of them is broken.
std::vector<Certificate> certificates_in(const std::string& pem);

struct KeyReading {
  PrivateKey key;             // none: it can't be read
  bool is_encrypted = false;  // so the password was wrong, if there is no key
};
KeyReading read_key(const std::string& pem, const std::string& password);

bool is_pair(const Certificate& certificate, const PrivateKey& key);

// "2026-11-30"
std::string day_of(const ASN1_TIME* time);

}  // namespace kafka
