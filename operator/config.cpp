#include "config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <utility>

#include "core/duration.h"

namespace config {
namespace {

constexpr const char* kDescription =
    "Resets the committed offsets of Kafka consumer groups, as OffsetReset resources ask for it.";

constexpr const char* kFooter =
    "The API server is found by --kubeconfig, $KUBECONFIG (a list, merged), the pod's service\n"
    "account or ~/.kube/config, in this order; credentials and certificates that are files are\n"
    "read again when they are rotated. The CRDs (crds/) must be installed there.\n"
    "SIGTERM and SIGINT end the operator after the resets under way; a second one ends it at once.";

std::string check_bind_address(const std::string& text) {
  if (parse_bind_address(text)) return {};
  return fmt::format("\"{}\" is no address: write for example :8080, 127.0.0.1:8080 or 0 for none",
                     text);
}

std::string check_log_level(const std::string& text) {
  if (base::level_from(text)) return {};
  return fmt::format("\"{}\" is no level: write debug, info, warning or error", text);
}

std::string check_duration(const std::string& text) {
  if (core::parse_duration(text)) return {};
  return fmt::format("\"{}\" is no duration: write for example 15s", text);
}

// The texts of durations, until it is known that they are some.
struct LeaseTexts {
  std::string duration = "15s";
  std::string renew_deadline = "10s";
  std::string retry_period = "2s";
};

void add_leader_elect(CLI::App& app, LeaderElect& elect, LeaseTexts& texts) {
  app.add_flag("--leader-elect", elect.is_enabled,
               "Work only while holding the Lease offset-reset-operator; for several replicas");
  app.add_option("--leader-elect-namespace", elect.namespace_name,
                 "The Lease's namespace (default: the pod's, or the kubeconfig's)")
      ->type_name("NAME");
  const auto duration = [&](const char* name, std::string& text, const char* what) {
    app.add_option(name, text, what)
        ->check(check_duration)
        ->type_name("DURATION")
        ->capture_default_str();
  };
  duration("--leader-elect-lease-duration", texts.duration,
           "How long another replica waits after the leader was last heard of");
  duration("--leader-elect-renew-deadline", texts.renew_deadline,
           "How long a leader tries to renew the Lease before it gives up and exits");
  duration("--leader-elect-retry-period", texts.retry_period, "How often the Lease is asked for");
}

// What is wrong with them; empty: nothing. The first two rules are client-go's. By the third a
// commit, which begins only if it will be over before the lease is, gets the time that it needs.
std::string check_timing(const kube::LeaseTiming& timing) {
  if (timing.duration <= timing.renew_deadline) {
    return "--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline";
  }
  if (timing.renew_deadline * 10 <= timing.retry_period * 12) {
    return "--leader-elect-renew-deadline must be longer than 1.2 times "
           "--leader-elect-retry-period";
  }
  if (timing.duration < timing.retry_period * 2 + std::chrono::seconds(1)) {
    return "--leader-elect-lease-duration must be at least a second longer than twice "
           "--leader-elect-retry-period";
  }
  return {};
}

// CLI11 says what is wrong in up to several lines; the first is enough, the usage is --help's.
Exit usage_error(const CLI::ParseError& error) {
  const std::string text = error.what();
  return {2,
          fmt::format("offset-reset-operator: {} (see --help)\n", text.substr(0, text.find('\n')))};
}

}  // namespace

std::optional<BindAddress> parse_bind_address(const std::string& text) {
  if (text == "0") return BindAddress{"", 0, false};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (!is_bracketed && host.find(':') != std::string::npos) return std::nullopt;
  int port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end || port < 1 || port > 65535) return std::nullopt;
  return BindAddress{std::move(host), port, true};
}

std::variant<Config, Exit> parse(int argc, const char* const* argv, const std::string& versions) {
  Config config;
  std::string metrics = ":8080";
  std::string health = ":8081";
  std::string log_level = "info";
  LeaseTexts lease;
  CLI::App app(kDescription, "offset-reset-operator");
  app.footer(kFooter);
  app.set_version_flag("--version", versions,
                       "Print the versions of the operator and its libraries");
  app.add_option("--kubeconfig", config.kubeconfig,
                 "A kubeconfig file, of which the current context counts")
      ->type_name("FILE");
  app.add_option("--watch-namespaces", config.watch_namespaces,
                 "Namespaces to watch, separated by commas (default: all)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
  app.add_option("--metrics-bind-address", metrics, "Where to serve /metrics; 0: nowhere")
      ->check(check_bind_address)
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--health-probe-bind-address", health,
                 "Where to serve /healthz, /livez and /readyz; 0: nowhere")
      ->check(check_bind_address)
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option(
         "--workers", config.workers,
         "How many resets are worked on side by side, 1 to 64; of one Kafka cluster one less")
      ->check(CLI::Range(1, 64))
      ->type_name("COUNT")
      ->capture_default_str();
  app.add_option("--allow-inline-bootstrap-servers", config.allow_inline_bootstrap_servers,
                 "Whether resets may name spec.bootstrapServers instead of a connection")
      ->type_name("BOOLEAN")
      ->default_str("true");
  app.add_option(
         "--cluster-connections", config.cluster_connections,
         "Whether resets may use ClusterKafkaConnections; their Secrets are in the operator's "
         "namespace")
      ->type_name("BOOLEAN")
      ->default_str("true");
  app.add_option("--log-level", log_level, "debug, info, warning or error")
      ->check(check_log_level)
      ->type_name("LEVEL")
      ->capture_default_str();
  add_leader_elect(app, config.leader_elect, lease);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Exit{0, app.help()};
  } catch (const CLI::CallForVersion&) {
    return Exit{0, versions + "\n"};
  } catch (const CLI::ParseError& error) {
    return usage_error(error);
  }
  config.metrics_bind_address = *parse_bind_address(metrics);
  config.health_probe_bind_address = *parse_bind_address(health);
  config.log_level = *base::level_from(log_level);
  config.leader_elect.timing = {*core::parse_duration(lease.duration),
                                *core::parse_duration(lease.renew_deadline),
                                *core::parse_duration(lease.retry_period)};
  if (const auto wrong = check_timing(config.leader_elect.timing); !wrong.empty()) {
    return Exit{2, fmt::format("offset-reset-operator: {} (see --help)\n", wrong)};
  }
  return config;
}

}  // namespace config
