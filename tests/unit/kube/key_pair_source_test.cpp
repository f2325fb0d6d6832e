#include "kube/key_pair_source.h"

#include <doctest/doctest.h>

#include "support/certificates.h"
#include "support/folder.h"

namespace {

using namespace std::chrono_literals;

// The files of a client certificate, which are read again when they are asked for.
struct Files {
  tests::Folder folder;
  tests::Authority authority;
  tests::Certified first = authority.client("first");
  tests::Certified second = authority.client("second");

  std::shared_ptr<kube::TextSource> file(const std::string& name,
                                         const std::string& content) const {
    const auto source = kube::TextSource::from_file(
        {.field = name, .path = folder.write(name, content), .max_age = 0s});
    REQUIRE(source);
    return *source;
  }
  std::shared_ptr<kube::KeyPairSource> source() {
    const auto source =
        kube::KeyPairSource::of("user me", file("cert", first.certificate), file("key", first.key));
    REQUIRE(source);
    return *source;
  }
};

TEST_CASE("a pair is replaced when both of its files are") {
  Files files;
  const auto source = files.source();
  CHECK(source->current().key + "\n" == files.first.key);
  SUBCASE("the certificate first") {
    files.folder.write("cert", files.second.certificate);
    CHECK(source->current().certificate + "\n" == files.first.certificate);
    files.folder.write("key", files.second.key);
  }
  SUBCASE("the key first") {
    files.folder.write("key", files.second.key);
    CHECK(source->current().key + "\n" == files.first.key);
    files.folder.write("cert", files.second.certificate);
  }
  CHECK(source->current().certificate + "\n" == files.second.certificate);
  CHECK(source->current().key + "\n" == files.second.key);
}

TEST_CASE("a half written key, or one that is gone, leaves the last pair") {
  Files files;
  const auto source = files.source();
  const auto before = source->current();
  files.folder.write("key", files.first.key.substr(0, 60));
  CHECK(source->current() == before);
  std::filesystem::remove(files.folder / "key");
  CHECK(source->current() == before);
}

TEST_CASE("a pair whose second file was read before it was written is not kept for long") {
  Files files;
  const auto key = kube::TextSource::from_file(
      {.field = "key", .path = files.folder.write("key", files.first.key), .max_age = 1h});
  REQUIRE(key);
  const auto source =
      kube::KeyPairSource::of("user me", files.file("cert", files.first.certificate), *key);
  REQUIRE(source);
  files.folder.write("key", files.second.key);
  files.folder.write("cert", files.second.certificate);
  CHECK((*source)->current().key + "\n" == files.second.key);
}

TEST_CASE("at the beginning they must be of one another") {
  Files files;
  const auto refused = kube::KeyPairSource::of(
      "user me", files.file("cert", files.first.certificate), files.file("key", files.second.key));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "user me: client-certificate and client-key are not of one another, or not in PEM without "
        "a passphrase");
}

}  // namespace
