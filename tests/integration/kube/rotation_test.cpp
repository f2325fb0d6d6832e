#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <filesystem>
#include <thread>
#include <vector>

#include "kube/http.h"
#include "kube/key_pair_source.h"
#include "kube/kubeconfig.h"
#include "support/folder.h"
#include "support/kube/tls_server.h"

namespace tests {
namespace {

using namespace std::chrono_literals;

// A client of which nothing is read again before an hour, unless something fails.
struct World {
  Authority authority;
  TlsServer server{authority.server()};
  Folder folder;
  base::Metrics metrics;
  kube::Config config = config_of_server();
  std::unique_ptr<kube::Http> http;

  kube::Config config_of_server() {
    kube::Config made = *kube::config_without_credentials(server.url());
    made.certificate_authority = file("ca", authority.certificate(), 1h);
    return made;
  }
  std::shared_ptr<kube::TextSource> file(const std::string& name, const std::string& content,
                                         std::chrono::seconds max_age) const {
    const auto source = kube::TextSource::from_file(
        {.field = name, .path = folder.write(name, content), .max_age = max_age});
    REQUIRE(source);
    return *source;
  }
  void show_client(const Certified& client, std::chrono::seconds max_age = 1h) {
    const auto pair = kube::KeyPairSource::of("user me", file("cert", client.certificate, max_age),
                                              file("key", client.key, max_age));
    REQUIRE(pair);
    config.key_pair = *pair;
  }
  void write_client(const Certified& client) const {
    folder.write("cert", client.certificate);
    folder.write("key", client.key);
  }
  kube::Answer ask(const std::string& method = "GET", bool is_repeatable = true) {
    if (!http) http = std::make_unique<kube::Http>(config, metrics);
    return http->send({.method = method,
                       .path = "/",
                       .body = method == "GET" ? "" : "{}",
                       .is_repeatable = is_repeatable});
  }
  int code_of(const kube::Answer& answer) const { return answer ? 200 : answer.error().code; }
};

TEST_CASE("a rotated token is read again on 401, and the request goes through") {
  World world;
  world.config.token = world.file("token", "old", 1h);
  world.server.require_token("old");
  CHECK(world.ask());
  world.server.require_token("new");
  CHECK(world.code_of(world.ask()) == 401);
  world.folder.write("token", "new");
  CHECK(world.ask("POST", false));
}

TEST_CASE("a rotated token is good for all requests that were refused, not for the first only") {
  World world;
  world.config.token = world.file("token", "old", 1h);
  world.server.require_token("old");
  CHECK(world.ask());
  constexpr int kThreads = 8;
  for (int round = 0; round < 3; ++round) {
    const std::string token = "token " + std::to_string(round);
    world.folder.write("token", token);
    world.server.require_token(token);
    std::atomic<int> good = 0;
    std::barrier begin(kThreads);
    {
      std::vector<std::jthread> threads;
      threads.reserve(kThreads);
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          begin.arrive_and_wait();
          good += world.ask() ? 1 : 0;
        });
      }
    }
    CHECK(good == kThreads);
  }
}

TEST_CASE("while a token file can't be read, the last token is used") {
  World world;
  world.config.token = world.file("token", "old", 0s);
  world.server.require_token("old");
  CHECK(world.ask());
  world.folder.write("token", "");
  CHECK(world.ask());
  std::filesystem::remove(world.folder / "token");
  CHECK(world.ask());
}

TEST_CASE("a server whose authority was rotated is trusted as soon as its certificate is there") {
  World world;
  const auto connected = [&] { return world.ask("POST", false); };
  CHECK(connected());
  const Authority next;
  world.server.present(next.server());
  const auto refused = connected();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == 0);
  CHECK(refused.error().message.find("the server's certificate is refused: ") != std::string::npos);
  SUBCASE("alone") {
    world.folder.write("ca", next.certificate());
    CHECK(connected());
  }
  SUBCASE("in a bundle, beside the old one") {
    world.folder.write("ca", world.authority.certificate() + next.certificate());
    CHECK(connected());
    world.server.present(world.authority.server());
    CHECK(world.ask());
  }
  SUBCASE("not half of it, which is passed over") {
    world.folder.write("ca", next.certificate().substr(0, 100));
    CHECK_FALSE(connected());
    world.folder.write("ca", next.certificate());
    CHECK(connected());
  }
}

TEST_CASE("a server that is not trusted any more is asked nothing on a kept connection either") {
  World world;
  world.config.certificate_authority = world.file("ca", world.authority.certificate(), 0s);
  CHECK(world.ask());
  world.folder.write("ca", Authority().certificate());
  CHECK_FALSE(world.ask());
  CHECK(world.server.clients().size() == 1);
}

TEST_CASE("a client certificate that is refused is read again, on a connection of its own") {
  World world;
  world.show_client(world.authority.client("old"));
  world.server.require_client("old");
  CHECK(world.ask());
  world.server.require_client("new");
  CHECK(world.code_of(world.ask()) == 401);
  world.write_client(world.authority.client("new"));
  CHECK(world.ask("POST", false));
  CHECK(world.server.clients().back() == "new");
}

TEST_CASE("a client certificate that was rotated is shown without being refused first") {
  World world;
  world.show_client(world.authority.client("old"), 0s);
  CHECK(world.ask());
  world.write_client(world.authority.client("new"));
  CHECK(world.ask());
  CHECK(world.server.clients() == std::vector<std::string>{"old", "new"});
}

TEST_CASE("a half written client certificate leaves the last pair in use") {
  World world;
  const Certified next = world.authority.client("new");
  world.show_client(world.authority.client("old"), 0s);
  CHECK(world.ask());
  world.folder.write("cert", next.certificate);
  CHECK(world.ask());
  world.folder.write("key", next.key.substr(0, 50));
  CHECK(world.ask());
  world.folder.write("key", next.key);
  CHECK(world.ask());
  CHECK(world.server.clients() == std::vector<std::string>{"old", "old", "old", "new"});
}

TEST_CASE("authority, certificate and token may be rotated all at once") {
  World world;
  world.config.token = world.file("token", "old", 1h);
  world.show_client(world.authority.client("old"));
  CHECK(world.ask());
  const Authority next;
  world.server.present(next.server());
  world.server.require_client("new");
  world.server.require_token("new");
  world.folder.write("ca", next.certificate());
  world.folder.write("token", "new");
  world.write_client(next.client("new"));
  CHECK(world.ask("POST", false));
}

// A kubeconfig whose plugin prints what is in a file, and counts its runs in another one.
struct PluginWorld : World {
  PluginWorld() {
    const auto plugin = folder.write("plugin",
                                     "#!/bin/sh\ncd \"$(dirname \"$0\")\"\n"
                                     "echo run >> runs\ncat credential\n");
    std::filesystem::permissions(plugin, std::filesystem::perms::owner_all);
    const auto read = kube::read_kubeconfig({folder.write(
        "config",
        "current-context: m\ncontexts: [{name: m, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: \"" +
            server.url() +
            "\", certificate-authority: ca}}]\n"
            "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1,\n"
            "  interactiveMode: IfAvailable, command: ./plugin}}}]\n")});
    REQUIRE_MESSAGE(read, read.error().message);
    config = *read;
  }
  void print(const nlohmann::json& status) const {
    folder.write("credential", nlohmann::json{{"kind", "ExecCredential"},
                                              {"apiVersion", "client.authentication.k8s.io/v1"},
                                              {"status", status}}
                                   .dump());
  }
  int runs() const {
    std::ifstream stream(folder / "runs");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
  }
};

TEST_CASE("a plugin's token is used until it is refused, and the plugin is run once for all") {
  PluginWorld world;
  world.print({{"token", "first"}});
  world.server.require_token("first");
  for (int i = 0; i < 5; ++i) CHECK(world.ask());
  CHECK(world.runs() == 1);
  world.print({{"token", "second"}});
  world.server.require_token("second");
  // The plugin has just run, and is not run again for a while.
  CHECK(world.code_of(world.ask()) == 401);
  CHECK(world.runs() == 1);
}

TEST_CASE("a plugin's client certificate is shown") {
  PluginWorld world;
  const Certified client = world.authority.client("of the plugin");
  world.print({{"clientCertificateData", client.certificate}, {"clientKeyData", client.key}});
  world.server.require_client("of the plugin");
  CHECK(world.ask());
}

TEST_CASE("a request without a credential says what the plugin said, and asks the server nothing") {
  PluginWorld world;
  world.folder.write("credential", "s3cret");
  const auto answer = world.ask();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 0);
  CHECK(answer.error().message.find("what it printed is no ExecCredential") != std::string::npos);
  CHECK(answer.error().message.find("s3cret") == std::string::npos);
  CHECK(world.server.clients().empty());
}

}  // namespace
}  // namespace tests
