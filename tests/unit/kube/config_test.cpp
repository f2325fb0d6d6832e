#include "kube/config.h"

#include <doctest/doctest.h>

#include <map>

#include "kube/base64.h"
#include "kube/key_pair_source.h"
#include "support/certificates.h"
#include "support/folder.h"

namespace {

using Variables = std::map<std::string, std::string>;

kube::Surroundings surroundings(Variables variables, std::filesystem::path account = "/nowhere") {
  kube::Surroundings result;
  result.variable = [variables = std::move(variables)](const char* name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
  result.service_account = std::move(account);
  return result;
}

std::string kubeconfig(const std::string& server, const std::string& user = "token: secret",
                       const std::string& cluster = "") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
         "contexts:\n- name: main\n  context: {cluster: c, user: u, namespace: shop}\n"
         "clusters:\n- name: c\n  cluster:\n    server: " +
         server + "\n" + (cluster.empty() ? "" : "    " + cluster + "\n") +
         "users:\n- name: u\n  user:\n    " + user + "\n";
}

std::string error_of(const core::Result<kube::Config>& config) {
  return config ? "no error" : config.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a given kubeconfig comes before everything else") {
  const tests::Folder folder;
  const auto given = folder.write("given", kubeconfig("https://given:1"));
  const auto named = folder.write("named", kubeconfig("https://named:1"));
  const auto config = kube::load_config(given, surroundings({{"KUBECONFIG", named.string()},
                                                             {"KUBERNETES_SERVICE_HOST", "h"},
                                                             {"KUBERNETES_SERVICE_PORT", "1"}}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->server.host == "given");
  CHECK(config->namespace_name == "shop");
  CHECK(config->token->current() == "secret");
  CHECK(config->origin == "context main in " + given.string());
}

TEST_CASE("KUBECONFIG is a list; who sets a value first wins, and missing files are passed over") {
  const tests::Folder folder;
  const auto first = folder.write("1",
                                  "current-context: other\ncontexts:\n- name: other\n"
                                  "  context: {cluster: c, user: u}\n");
  const auto second = folder.write("2", kubeconfig("https://second:1"));
  const auto third = folder.write("3", kubeconfig("https://third:1"));
  const auto config = kube::load_config(
      {}, surroundings({{"KUBECONFIG", (folder / "0").string() + ":" + first.string() + ":" +
                                           second.string() + ":" + third.string()}}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->server.host == "second");
  CHECK(config->namespace_name == "default");
}

TEST_CASE("KUBECONFIG that names no file is an error, not silence") {
  const auto config = kube::load_config({}, surroundings({{"KUBECONFIG", "/nowhere/config"},
                                                          {"KUBERNETES_SERVICE_HOST", "h"},
                                                          {"KUBERNETES_SERVICE_PORT", "1"}}));
  CHECK(error_of(config) == "KUBECONFIG=/nowhere/config: there is no such file");
}

TEST_CASE("in a pod, the service account's files count") {
  const tests::Folder folder;
  const tests::Authority authority;
  folder.write("token", "t0ken\n");
  folder.write("ca.crt", authority.certificate());
  folder.write("namespace", "operators");
  const auto config = kube::load_config(
      {}, surroundings({{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "443"}},
                       folder / ""));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->server.to_string() == "https://[fd00::1]:443");
  CHECK(config->token->current() == "t0ken");
  CHECK(config->certificate_authority->current() + "\n" == authority.certificate());
  CHECK(config->namespace_name == "operators");
}

TEST_CASE("a pod without a token says so") {
  const auto config = kube::load_config({}, surroundings({{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                                          {"KUBERNETES_SERVICE_PORT", "1"}}));
  CHECK(error_of(config) == "in-cluster token: can't read /nowhere/token, or it is empty");
}

TEST_CASE("at last the kubeconfig at home, and else it is said what to do") {
  const tests::Folder folder;
  folder.write(".kube/config", kubeconfig("https://home:1"));
  const auto config = kube::load_config({}, surroundings({{"HOME", (folder / "").string()}}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->server.host == "home");
  CHECK(contains(error_of(kube::load_config({}, surroundings({}))), "give --kubeconfig"));
}

TEST_CASE("certificates come as data or as files beside the kubeconfig") {
  const tests::Folder folder;
  const tests::Authority authority;
  const tests::Certified client = authority.client("me");
  folder.write("pki/key.pem", client.key);
  const auto file = folder.write(
      "config",
      kubeconfig("https://host",
                 "client-certificate-data: " + kube::to_base64(client.certificate) +
                     "\n    client-key: pki/key.pem",
                 "certificate-authority-data: " + kube::to_base64(authority.certificate()) +
                     "\n    tls-server-name: api\n    insecure-skip-tls-verify: true"));
  const auto config = kube::load_config(file, surroundings({}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->certificate_authority->current() + "\n" == authority.certificate());
  CHECK(config->key_pair->current().certificate + "\n" == client.certificate);
  CHECK(config->key_pair->current().key + "\n" == client.key);
  CHECK(config->token == nullptr);
  CHECK(config->tls_server_name == "api");
  CHECK(config->insecure_skip_tls_verify);
}

TEST_CASE("a certificate and a key that are not of one another are refused") {
  const tests::Folder folder;
  const tests::Authority authority;
  folder.write("cert.pem", authority.client("me").certificate);
  folder.write("key.pem", authority.client("me").key);
  const auto file = folder.write(
      "config",
      kubeconfig("https://host", "client-certificate: cert.pem\n    client-key: key.pem"));
  CHECK(contains(error_of(kube::load_config(file, surroundings({}))),
                 "client-certificate and client-key are not of one another"));
}

TEST_CASE("of KUBECONFIG's files an empty one is passed over, and one that can't be read is told") {
  const tests::Folder folder;
  const auto empty = folder.write("0", "");
  const auto good = folder.write("1", kubeconfig("https://good:1"));
  const auto config =
      kube::load_config({}, surroundings({{"KUBECONFIG", empty.string() + ":" + good.string()}}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->server.host == "good");
  const auto loop = folder / "loop";
  std::filesystem::create_symlink(loop, loop);
  const auto broken =
      kube::load_config({}, surroundings({{"KUBECONFIG", loop.string() + ":" + good.string()}}));
  CHECK(contains(error_of(broken), "kubeconfig " + loop.string()));
}

TEST_CASE("of several files the first that has a user counts, with nothing of the others") {
  const tests::Folder folder;
  const auto first = folder.write("1", "users:\n- {name: u, user: {token: first}}\n");
  const auto second = folder.write(
      "2",
      kubeconfig("https://host", "{tokenFile: nowhere, username: me}", "tls-server-name: api"));
  const auto config =
      kube::load_config({}, surroundings({{"KUBECONFIG", first.string() + ":" + second.string()}}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->token->current() == "first");
  CHECK(config->tls_server_name == "api");
}

TEST_CASE("a tokenFile counts more than a token") {
  const tests::Folder folder;
  folder.write("token", "from file");
  const auto file =
      folder.write("config", kubeconfig("https://host", "token: given\n    tokenFile: token"));
  const auto config = kube::load_config(file, surroundings({}));
  REQUIRE_MESSAGE(config, error_of(config));
  CHECK(config->token->current() == "from file");
}

TEST_CASE("what is not supported or wrong is an error that names file and field") {
  struct Row {
    std::string text;
    std::string expected;
  };
  const std::string good = kubeconfig("https://host");
  const Row rows[] = {
      {kubeconfig("https://host", "auth-provider: {name: gcp}"),
       "auth-provider is not supported; use a client certificate, a token, a tokenFile (kubectl "
       "create token makes one) or exec"},
      {kubeconfig("https://host", "username: me"), "username is not supported"},
      {kubeconfig("https://host", "as: admin"), "as is not supported; give the credentials"},
      {kubeconfig("https://host", "token: t", "proxy-url: http://p"), "proxy-url is not supported"},
      {kubeconfig("host:6443"), "server: \"host:6443\" is no server's URL"},
      {kubeconfig("https://host", "client-key-data: S0VZ"), "one is missing"},
      {kubeconfig("https://host", "client-key-data: '*'"), "client-key-data is not base64"},
      {kubeconfig("https://host", "tokenFile: nowhere"), "tokenFile: can't read"},
      {kubeconfig("https://host", "token: t", "certificate-authority: nowhere"),
       "certificate-authority: can't read"},
      {kubeconfig("https://host", "token: t", "certificate-authority: config"),
       "config holds no certificate in PEM"},
      {kubeconfig("https://host", "token: t", "certificate-authority-data: Q0E="),
       "certificate-authority-data holds no certificate in PEM"},
      {kubeconfig("https://host", "token: t", "insecure-skip-tls-verify: perhaps"),
       "bad conversion"},
      {"", "is empty, or no kubeconfig"},
      {"[1]", "is empty, or no kubeconfig"},
      {"a: [", "kubeconfig"},
      {"kind: Config", "current-context is not set"},
      {"current-context: x", "there is no context \"x\""},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
       "there is no cluster \"c\""},
      {"current-context: x\ncontexts: 7", "there is no context \"x\""},
  };
  for (const Row& row : rows) {
    const tests::Folder folder;
    const auto file = folder.write("config", row.text);
    CAPTURE(row.text);
    const std::string message = error_of(kube::load_config(file, surroundings({})));
    CAPTURE(message);
    CHECK(contains(message, row.expected));
    CHECK(contains(message, file.parent_path().string()));
  }
  CHECK(contains(error_of(kube::load_config("/nowhere/config", surroundings({}))),
                 "kubeconfig /nowhere/config"));
}

}  // namespace
