#include "kube/base64.h"

#include <doctest/doctest.h>

namespace {

TEST_CASE("base64 there and back, of every length") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    CHECK(kube::from_base64(kube::to_base64(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
  CHECK(kube::to_base64("Cert") == "Q2VydA==");
}

TEST_CASE("line breaks and spaces in base64 don't count") {
  CHECK(kube::from_base64("Q2Vy\r\n dA==\n") == "Cert");
}

TEST_CASE("what is no base64 is told from what is") {
  for (const char* text : {"*", "Q2V", "Q2VydA=", "Q2*y", "Q2Vy\tdA=", "-_-_"}) {
    CAPTURE(text);
    CHECK_FALSE(kube::from_base64(text));
  }
}

}  // namespace
