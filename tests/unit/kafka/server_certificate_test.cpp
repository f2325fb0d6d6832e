#include "kafka/server_certificate.h"

#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>

#include "support/certificates.h"

namespace {

struct Fixture {
  tests::Authority authority;
  kafka::Certificate server =
      std::move(kafka::certificates_in(authority.server().certificate).front());

  std::string fault_of(int code, int depth = 0, const std::string& server_name = "") const {
    return kafka::fault_of({server.get(), code, depth}, server_name);
  }
};

TEST_CASE_FIXTURE(Fixture, "A good certificate has no fault, unless it is for another name") {
  CHECK(fault_of(X509_V_OK).empty());
  CHECK(fault_of(X509_V_OK, 0, "localhost").empty());
  CHECK(fault_of(X509_V_OK, 0, "127.0.0.1").empty());
  CHECK(fault_of(X509_V_OK, 0, "kafka.example.com") ==
        "the broker's certificate is for 127.0.0.1, localhost, not for kafka.example.com; correct "
        "tls.serverName");
  // An authority's certificate is for no host.
  CHECK(fault_of(X509_V_OK, 1, "kafka.example.com").empty());
}

TEST_CASE_FIXTURE(Fixture, "What OpenSSL found is told with what to do") {
  CHECK(fault_of(X509_V_ERR_HOSTNAME_MISMATCH) ==
        "the broker's certificate is for 127.0.0.1, localhost, not for the host connected to; "
        "connect to one of these names, or set tls.serverName to one");
  CHECK(fault_of(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY) ==
        "the broker's certificate is from the authority test authority, which is not trusted; put "
        "that authority's certificate into tls.ca");
  CHECK(
      fault_of(X509_V_ERR_CERT_HAS_EXPIRED).starts_with("the broker's certificate expired on 20"));
  CHECK(fault_of(X509_V_ERR_CERT_HAS_EXPIRED, 1)
            .starts_with("the certificate of an authority that vouches for the broker's expired"));
  CHECK(fault_of(X509_V_ERR_CERT_NOT_YET_VALID).ends_with("is the clock right?"));
  CHECK(fault_of(X509_V_ERR_CERT_REVOKED) ==
        "the broker's certificate can't be verified: certificate revoked");
}

TEST_CASE("Of names in a certificate only what is printable is told, and not without end") {
  const tests::Authority authority;
  const auto client = authority.client("a\nb" + std::string(61, 'c'));
  const auto certificate = std::move(kafka::certificates_in(client.certificate).front());
  const auto fault = kafka::fault_of({certificate.get(), X509_V_ERR_HOSTNAME_MISMATCH, 0}, "");
  CHECK(fault.starts_with("the broker's certificate is for ab" + std::string(61, 'c') + ", not"));
}

}  // namespace
