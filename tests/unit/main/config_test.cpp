#include "config.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using config::BindAddress;
using config::Config;
using config::Exit;
using config::parse_bind_address;

namespace {

std::variant<Config, Exit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "offset-reset-operator");
  return config::parse(static_cast<int>(arguments.size()), arguments.data(), "versions");
}

Config accepted(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  REQUIRE(std::holds_alternative<Config>(parsed));
  return std::get<Config>(parsed);
}

Exit refused(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  REQUIRE(std::holds_alternative<Exit>(parsed));
  return std::get<Exit>(parsed);
}

}  // namespace

TEST_CASE("without flags everything is watched, and the usual ports are served") {
  const Config config = accepted({});
  CHECK(config.watch_namespaces.empty());
  CHECK(config.metrics_bind_address == BindAddress{"", 8080, true});
  CHECK(config.health_probe_bind_address == BindAddress{"", 8081, true});
  CHECK(config.log_level == base::Level::Info);
}

TEST_CASE("flags are taken in both spellings, namespaces in one list") {
  const Config config =
      accepted({"--watch-namespaces=payments,shipping", "--workers", "3",
                "--metrics-bind-address=127.0.0.1:9", "--log-level=debug",
                "--health-probe-bind-address", "0", "--kubeconfig", "/some/file"});
  CHECK(config.watch_namespaces == std::vector<std::string>{"payments", "shipping"});
  CHECK(config.workers == 3);
  CHECK(config.metrics_bind_address == BindAddress{"127.0.0.1", 9, true});
  CHECK_FALSE(config.health_probe_bind_address.is_enabled);
  CHECK(config.log_level == base::Level::Debug);
  CHECK(config.kubeconfig == "/some/file");
}

TEST_CASE("what resets may use to reach Kafka can be narrowed") {
  CHECK(accepted({}).allow_inline_bootstrap_servers);
  CHECK(accepted({}).cluster_connections);
  const Config config =
      accepted({"--allow-inline-bootstrap-servers=false", "--cluster-connections=false"});
  CHECK_FALSE(config.allow_inline_bootstrap_servers);
  CHECK_FALSE(config.cluster_connections);
}

TEST_CASE("a leader is elected if that is wanted, with the times that are usual") {
  CHECK_FALSE(accepted({}).leader_elect.is_enabled);
  const auto elect = accepted({"--leader-elect"}).leader_elect;
  CHECK(elect.is_enabled);
  CHECK(elect.namespace_name.empty());
  CHECK(elect.timing.duration == std::chrono::seconds(15));
  CHECK(elect.timing.renew_deadline == std::chrono::seconds(10));
  CHECK(elect.timing.retry_period == std::chrono::seconds(2));
}

TEST_CASE("the times of the election can be set") {
  const auto elect =
      accepted({"--leader-elect", "--leader-elect-namespace=operators",
                "--leader-elect-lease-duration=1m", "--leader-elect-renew-deadline=40s",
                "--leader-elect-retry-period=500ms"})
          .leader_elect;
  CHECK(elect.namespace_name == "operators");
  CHECK(elect.timing.duration == std::chrono::minutes(1));
  CHECK(elect.timing.renew_deadline == std::chrono::seconds(40));
  CHECK(elect.timing.retry_period == std::chrono::milliseconds(500));
}

TEST_CASE("times of the election that can't work are refused, naming the flags") {
  const auto text = [](std::vector<const char*> arguments) {
    return refused(std::move(arguments)).text;
  };
  CHECK(text({"--leader-elect-lease-duration=10s"}).find("--leader-elect-renew-deadline") !=
        std::string::npos);
  CHECK(text({"--leader-elect-retry-period=9s"}).find("1.2 times") != std::string::npos);
  CHECK(
      text({"--leader-elect-lease-duration=11s", "--leader-elect-retry-period=6s"}).find("twice") !=
      std::string::npos);
  CHECK(text({"--leader-elect-lease-duration=15"}).find("write for example 15s") !=
        std::string::npos);
}

TEST_CASE("a mistake is one line on standard error and exit code 2") {
  const std::vector<std::vector<const char*>> mistakes{{"--no-such-flag"},
                                                       {"--workers", "none"},
                                                       {"--workers=0"},
                                                       {"--log-level=loud"},
                                                       {"stray"},
                                                       {"--metrics-bind-address=8080"},
                                                       {"--metrics-bind-address=localhost:0"},
                                                       {"--health-probe-bind-address=:70000"},
                                                       {"--kubeconfig"}};
  for (const auto& arguments : mistakes) {
    CAPTURE(std::string(arguments.front()));
    const Exit exit = refused(arguments);
    CHECK(exit.code == 2);
    CHECK(std::count(exit.text.begin(), exit.text.end(), '\n') == 1);
    CHECK(exit.text.find("offset-reset-operator: ") == 0);
  }
}

TEST_CASE("--help explains every flag, and --version names the versions") {
  const Exit help = refused({"--help"});
  CHECK(help.code == 0);
  for (const char* flag :
       {"--kubeconfig", "--watch-namespaces", "--metrics-bind-address",
        "--health-probe-bind-address", "--workers", "--log-level", "--version", "$KUBECONFIG"}) {
    CAPTURE(flag);
    CHECK(help.text.find(flag) != std::string::npos);
  }
  CHECK(refused({"--version"}).text == "versions\n");
  CHECK(refused({"--version"}).code == 0);
}

TEST_CASE("a bind address is host:port, :port or 0") {
  CHECK(parse_bind_address(":8080") == BindAddress{"", 8080, true});
  CHECK(parse_bind_address("[::1]:8080") == BindAddress{"::1", 8080, true});
  CHECK(parse_bind_address("0")->is_enabled == false);
  for (const char* text : {"", "8080", "::1:8080", "host:", "host:port", ":0", ":65536", ":80 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_bind_address(text).has_value());
  }
}
