#include "kube/server_url.h"

#include <doctest/doctest.h>

namespace {

TEST_CASE("a server's URL has a scheme and a host, and perhaps a port and a path") {
  struct Row {
    const char* text;
    kube::ServerUrl expected;
  };
  const Row rows[] = {
      {"https://10.0.0.1:6443", {true, "10.0.0.1", 6443, ""}},
      {"https://api.example.org", {true, "api.example.org", 443, ""}},
      {"http://localhost:8001/", {false, "localhost", 8001, ""}},
      {"http://localhost", {false, "localhost", 80, ""}},
      {"https://[::1]:6443", {true, "::1", 6443, ""}},
      {"https://[fd00::1]", {true, "fd00::1", 443, ""}},
      {"https://rancher.example.org/k8s/clusters/c-1/",
       {true, "rancher.example.org", 443, "/k8s/clusters/c-1"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = kube::parse_server_url(row.text);
    REQUIRE(url);
    CHECK(*url == row.expected);
  }
}

TEST_CASE("everything else is refused, and quoted") {
  for (const char* text :
       {"", "10.0.0.1:6443", "ftp://host", "https://", "https://:6443",
        "https://host:", "https://host:0", "https://host:65536", "https://host:6443x",
        "https://[::1", "https://[]", "https://user@host", "https://host?x=1", "https://[::1]x"}) {
    CAPTURE(text);
    const auto url = kube::parse_server_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find(text) != std::string::npos);
  }
}

TEST_CASE("it is written as it is meant") {
  CHECK(kube::parse_server_url("https://[::1]/a/")->to_string() == "https://[::1]:443/a");
  CHECK(kube::parse_server_url("http://host")->authority() == "host:80");
}

}  // namespace
