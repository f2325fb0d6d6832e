#include "kube/exec_plugin.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "kube/base64.h"
#include "kube/exec_source.h"
#include "kube/kubeconfig.h"
#include "support/certificates.h"
#include "support/folder.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kVersion = "client.authentication.k8s.io/v1";

// A kubeconfig beside a plugin of these lines.
struct Kubeconfig {
  Folder folder;
  Authority authority;

  explicit Kubeconfig(const std::string& lines) {
    const auto file = folder.write("bin/plugin", "#!/bin/sh\n" + lines);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    folder.write("ca.pem", authority.certificate());
  }

  core::Result<kube::Config> read(const std::string& exec, const std::string& more = "") const {
    return kube::read_kubeconfig(
        {folder.write("config",
                      "current-context: m\n"
                      "contexts: [{name: m, context: {cluster: c, user: u}}]\n"
                      "clusters:\n- name: c\n  cluster:\n    server: https://host:6443\n"
                      "    certificate-authority: ca.pem\n    tls-server-name: api\n"
                      "    extensions:\n    - name: client.authentication.k8s.io/exec\n"
                      "      extension: {audience: 'me', level: 7}\n"
                      "users:\n- name: u\n  user:\n    exec: " +
                          exec + "\n" + more)});
  }

  std::string label() const { return "user u in " + (folder / "config").string() + ": exec: "; }
};

std::string exec(const std::string& command, const std::string& more = "") {
  return std::string("{apiVersion: ") + kVersion + ", interactiveMode: Never, command: " + command +
         more + "}";
}

core::Result<kube::ExecCredential> ask(const core::Result<kube::Config>& config) {
  REQUIRE_MESSAGE(config, config.error().message);
  REQUIRE(config->exec);
  return config->exec->current({std::chrono::steady_clock::now() + 30s, {}});
}

std::string error_of(const core::Result<kube::ExecCredential>& credential) {
  return credential ? "no error" : credential.error().message;
}

std::string prints(const std::string& status) {
  return std::string("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"") + kVersion +
         "\",\"status\":" + status + "}'\n";
}

TEST_CASE("a plugin's credential is what it prints") {
  const Kubeconfig kubeconfig(prints(R"({"token":"abc"})"));
  const auto credential = ask(kubeconfig.read(exec("./bin/plugin")));
  REQUIRE_MESSAGE(credential, error_of(credential));
  CHECK(credential->token == "abc");
}

TEST_CASE("a plugin is told of the cluster only if the kubeconfig says so") {
  const Kubeconfig kubeconfig(R"(printf %s "$KUBERNETES_EXEC_INFO" > "$1"
printf %s "$MODE" > "$2"
)" + prints(R"({"token":"abc"})"));
  const auto told = [&](const std::string& more) {
    const auto info = kubeconfig.folder / "info";
    const auto mode = kubeconfig.folder / "mode";
    REQUIRE(ask(
        kubeconfig.read(exec("./bin/plugin", ", args: [" + info.string() + ", " + mode.string() +
                                                 "], env: [{name: MODE, value: fast}]" + more))));
    std::string text;
    std::ifstream(mode) >> text;
    CHECK(text == "fast");
    return json::parse(std::ifstream(info));
  };
  json expected{
      {"kind", "ExecCredential"}, {"apiVersion", kVersion}, {"spec", {{"interactive", false}}}};
  CHECK(told("") == expected);
  std::string authority = kubeconfig.authority.certificate();
  authority.pop_back();  // white space round a text does not count
  expected["spec"]["cluster"] = {{"server", "https://host:6443"},
                                 {"tls-server-name", "api"},
                                 {"certificate-authority-data", kube::to_base64(authority)},
                                 {"config", {{"audience", "me"}, {"level", 7}}}};
  CHECK(told(", provideClusterInfo: true") == expected);
}

TEST_CASE("a plugin that fails is told with its last words, not with what it printed") {
  struct Row {
    const char* lines;
    const char* expected;
  };
  const Row rows[] = {
      {"echo s3cret; printf 'sign in\\nfirst\\n' >&2; exit 4\n",
       "/bin/plugin ended with exit code 4: sign in first"},
      {"echo s3cret; kill -9 $$\n", "/bin/plugin was killed by signal 9"},
      {"echo s3cret\n", "/bin/plugin is of no use: what it printed is no ExecCredential in JSON"},
  };
  for (const Row& row : rows) {
    const Kubeconfig kubeconfig(row.lines);
    const auto message = error_of(ask(kubeconfig.read(exec("./bin/plugin"))));
    CHECK(message == kubeconfig.label() + (kubeconfig.folder / ".").string() + row.expected);
  }
}

TEST_CASE(
    "a plugin that is not installed is told with the hint, and one that hangs with the time") {
  const Kubeconfig kubeconfig("exec sleep 600\n");
  CHECK(error_of(ask(kubeconfig.read(
            exec("no-such-plugin-anywhere", ", installHint: \"get it from\\n  the shop\"")))) ==
        kubeconfig.label() +
            "no-such-plugin-anywhere can't be started: No such file or directory; get it from   "
            "the shop");
  const kube::ExecPlugin plugin{.label = "user u: exec",
                                .api_version = kVersion,
                                .command = {(kubeconfig.folder / "bin/plugin").string(), {}, {}},
                                .install_hint = {},
                                .cluster = {},
                                .certificate_authority = {}};
  CHECK(error_of(kube::run_exec_plugin(plugin, 300ms, {})) ==
        "user u: exec: " + plugin.command.program + " did not end within 0.3 s");
}

TEST_CASE("what of exec is wrong or not supported is an error before anything is run") {
  struct Row {
    std::string exec;
    const char* expected;
  };
  const Row rows[] = {
      {"{apiVersion: client.authentication.k8s.io/v1alpha1, command: x}",
       "apiVersion \"client.authentication.k8s.io/v1alpha1\" is not supported; use "
       "client.authentication.k8s.io/v1"},
      {"{command: x}", "apiVersion \"\" is not supported"},
      {"{apiVersion: client.authentication.k8s.io/v1, command: x}",
       "interactiveMode must be Never or IfAvailable"},
      {"{apiVersion: client.authentication.k8s.io/v1beta1, command: x, interactiveMode: Always}",
       "interactiveMode Always is not supported, as the operator has no terminal; use a plugin"},
      {exec("''"), "command is missing"},
  };
  const Kubeconfig kubeconfig("");
  for (const Row& row : rows) {
    CAPTURE(row.exec);
    const auto config = kubeconfig.read(row.exec);
    REQUIRE_FALSE(config);
    CHECK(config.error().message.starts_with(kubeconfig.label() + row.expected));
  }
}

TEST_CASE("the version before needs no interactiveMode, and is answered in") {
  const Kubeconfig kubeconfig(
      R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",)"
      R"("status":{"token":"abc"}}')");
  const auto credential = ask(
      kubeconfig.read("{apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/plugin}"));
  REQUIRE_MESSAGE(credential, error_of(credential));
  CHECK(credential->token == "abc");
}

TEST_CASE("a token that is given goes before a plugin") {
  const Kubeconfig kubeconfig("exit 1\n");
  const auto config = kubeconfig.read(exec("./bin/plugin"), "    token: given\n");
  REQUIRE(config);
  CHECK(config->token->current() == "given");
  CHECK_FALSE(config->exec);
}

}  // namespace
}  // namespace tests
