#include "kafka/certificate.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "kafka/pem.h"
#include "support/certificates.h"

namespace {

using core::Connection;
using core::Reason;
using tests::Authority;

std::string encrypted(const std::string& pem, const std::string& password) {
  const auto key = kafka::read_key(pem, "").key;
  const kafka::Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), password.data(),
                                static_cast<int>(password.size()), nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

struct Fixture {
  Authority authority;
  tests::Certified mia = authority.client("mia");
  Connection connection;

  Fixture() {
    connection.name = "KafkaConnection payments/prod";
    connection.tls.emplace().ca = authority.certificate();
    connection.tls->client_certificate = {mia.certificate, mia.key, ""};
  }

  core::ClientCertificate& client() { return *connection.tls->client_certificate; }

  // Of the connection as it is, without its name.
  std::string fault() const {
    const auto good = kafka::check_certificates(connection);
    if (good) return "none";
    CHECK(good.error().reason == Reason::NotAuthenticated);
    const std::string name = "KafkaConnection payments/prod: ";
    CHECK(good.error().message.starts_with(name));
    return good.error().message.substr(name.size());
  }
  bool has_fault(const std::string& part) const { return fault().find(part) != std::string::npos; }
};

TEST_CASE_FIXTURE(Fixture, "Good certificates have no fault, nor has a connection without any") {
  CHECK(fault() == "none");
  client() = {mia.certificate + authority.certificate(), encrypted(mia.key, "key-secret"),
              "key-secret"};
  CHECK(fault() == "none");
  connection.tls->ca =
      "A comment.\n" + authority.certificate() + Authority().certificate() + "\n\n";
  CHECK(fault() == "none");
  connection.tls = core::Tls();
  CHECK(fault() == "none");
  connection.tls.reset();
  CHECK(fault() == "none");
}

TEST_CASE_FIXTURE(Fixture, "Authorities must be certificates, all of them") {
  for (const auto& ca :
       {std::string("planted-secret"), mia.key, authority.certificate().substr(0, 200),
        authority.certificate() + mia.certificate.substr(0, 200)}) {
    connection.tls->ca = ca;
    CHECK(has_fault("tls.ca is not made of certificates in PEM"));
  }
  connection.tls->ca.clear();
  connection.sasl.emplace().oauth.emplace().ca = "planted-secret";
  CHECK(has_fault("sasl.oauth.ca is not made of certificates in PEM"));
  CHECK_FALSE(has_fault("planted-secret"));
}

TEST_CASE_FIXTURE(Fixture, "What is no client certificate or no key is told as such") {
  client().chain = "planted-secret";
  CHECK(has_fault("the client certificate is not one in PEM"));
  client() = {mia.certificate, "planted-secret", ""};
  CHECK(has_fault("private key is not one in PEM"));
  CHECK_FALSE(has_fault("planted-secret"));
  client() = {mia.certificate, mia.certificate, ""};
  CHECK(has_fault("private key is not one in PEM"));
}

TEST_CASE_FIXTURE(Fixture, "A client certificate has its time") {
  const auto past = authority.client("mia", -48);
  client() = {past.certificate, past.key, ""};
  CHECK(has_fault("the client certificate expired on 20"));
  const auto future = authority.client("mia", 48);
  client() = {future.certificate, future.key, ""};
  CHECK(has_fault("the client certificate is not valid before 20"));
}

TEST_CASE_FIXTURE(Fixture, "A key must be the certificate's") {
  client().key = authority.client("mia").key;
  CHECK(has_fault("the private key is not the client certificate's"));
  // The chain the wrong way round.
  client() = {authority.certificate() + mia.certificate, mia.key, ""};
  CHECK(has_fault("the client's certificate before those that vouch for it"));
}

TEST_CASE_FIXTURE(Fixture, "An encrypted key needs its password") {
  client().key = encrypted(mia.key, "key-secret");
  CHECK(has_fault("is encrypted, and there is no password for it"));
  client().key_password = "planted-secret";
  CHECK(has_fault("the password of the client certificate's private key is wrong"));
  CHECK_FALSE(has_fault("planted-secret"));
  client().key_password = "key-secret";
  CHECK(fault() == "none");
}

}  // namespace
