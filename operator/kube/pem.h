#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace kube {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

// A certificate, with those that vouch for it, and its private key, both in PEM. Empty: none.
struct KeyPair {
  std::string certificate;
  std::string key;

  bool operator==(const KeyPair&) const = default;
};

// Those before the first thing that is none.
std::vector<Certificate> certificates_in(const std::string& pem);

// What is wrong with a text of certificates, as "holds no certificate in PEM"; empty: nothing.
std::string fault_of_certificates(const std::string& pem);

// Whether the key is the first certificate's. A key with a passphrase is not: nobody is asked.
bool is_of_one_another(const KeyPair& pair);

}  // namespace kube
