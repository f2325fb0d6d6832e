#include "kube/http.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "base/log.h"
#include "kube/api.h"
#include "kube/base64.h"
#include "support/builders.h"
#include "support/fake_api_server.h"
#include "support/log_capture.h"

namespace tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::string kCollection = "/apis/offsetreset.io/v1alpha1/namespaces/shop/offsetresets";

json object(const std::string& name) {
  return {{"kind", "OffsetReset"},
          {"apiVersion", "offsetreset.io/v1alpha1"},
          {"metadata", {{"name", name}, {"namespace", "shop"}}},
          {"spec",
           {{"bootstrapServers", "kafka:9092"},
            {"groupId", "orders-consumer"},
            {"topic", "orders"},
            {"to", {{"offset", 10}}}}}};
}

struct World {
  FakeApiServer server;
  base::Metrics metrics;
  kube::Http http{*kube::config_without_credentials(server.url()), metrics};
  kube::EventRecorder events{http, metrics};
  kube::Api api{http, events};

  kube::Answer get(std::chrono::milliseconds deadline = 10s, const std::stop_token& stop = {}) {
    return http.send({.method = "GET", .path = kCollection, .body = {}, .deadline = deadline},
                     stop);
  }
  kube::Answer put(const json& stored, bool is_repeatable = true) {
    return http.send({.method = "PUT",
                      .path = kCollection + "/a/status",
                      .body = stored.dump(),
                      .is_repeatable = is_repeatable});
  }
  void inject_once(Fault::What what, const std::string& method) {
    server.inject({.what = what, .method = method});
  }
};

std::chrono::milliseconds since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               begun);
}

TEST_CASE("requests say who asks") {
  World world;
  REQUIRE(world.get());
  const auto seen = world.server.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].user_agent.starts_with("offset-reset-operator/"));
  CHECK(seen[0].user_agent.find(" (linux/") != std::string::npos);
  CHECK(seen[0].authorization.empty());
}

TEST_CASE("a kept connection that the server has closed is not noticed by the caller") {
  World world;
  const json stored = *world.server.store().create(object("a"));
  REQUIRE(world.get());
  SUBCASE("a read") {
    world.inject_once(Fault::What::DropRequest, "GET");
    CHECK(world.get());
  }
  SUBCASE("a guarded write that had not been done") {
    world.inject_once(Fault::What::DropRequest, "PUT");
    CHECK(world.put(stored));
  }
  SUBCASE("a write that could be done twice is not repeated") {
    world.inject_once(Fault::What::DropRequest, "PUT");
    const auto answer = world.put(stored, false);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 0);
    CHECK(world.server.count_requests("PUT", "") == 1);
  }
}

TEST_CASE("a guarded write whose reply was lost is a conflict at worst, and done once") {
  World world;
  json update = *world.server.store().create(object("a"));
  REQUIRE(world.get());
  update["status"] = {{"observedGeneration", 1}};
  world.inject_once(Fault::What::DropReply, "PUT");
  const auto answer = world.put(update);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 409);
  CHECK(world.server.store().version() ==
        std::stoll(update["metadata"]["resourceVersion"].get<std::string>()) + 1);
}

TEST_CASE("an answer that breaks off in its middle is none, and is not taken for one") {
  World world;
  const json stored = *world.server.store().create(object("a"));
  world.inject_once(Fault::What::HalfAnswer, "GET");
  const auto half = world.get();
  REQUIRE_FALSE(half);
  CHECK(half.error().code == 0);
  world.inject_once(Fault::What::HalfAnswer, "PUT");
  json changed = stored;
  changed["status"] = {{"observedGeneration", 1}};
  CHECK_FALSE(world.put(changed));
  CHECK(world.server.store().find("shop", "a")->at("status")["observedGeneration"] == 1);
  CHECK(world.get());
}

TEST_CASE("a new connection that breaks is an error that names the server") {
  World world;
  world.inject_once(Fault::What::DropRequest, "GET");
  const auto answer = world.get();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 0);
  CHECK(answer.error().message.find(world.server.url()) != std::string::npos);
}

TEST_CASE("a throttled request comes back when the server says, if there is time") {
  World world;
  world.server.inject({.method = "GET", .code = 429, .retry_after_seconds = 1});
  SUBCASE("there is") {
    const auto begun = std::chrono::steady_clock::now();
    CHECK(world.get());
    CHECK(since(begun) >= 1s);
  }
  SUBCASE("there is not") {
    const auto answer = world.get(500ms);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == 429);
    CHECK(answer.error().retry_after == 1s);
  }
}

TEST_CASE("a throttled request is logged with what throttles it") {
  World world;
  world.server.inject({.method = "GET", .code = 429, .retry_after_seconds = 0});
  const LogCapture log;
  CHECK(world.get());
  const auto lines = log.lines("throttled by the API server");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("level") == "warning");
  CHECK(lines[0].at("method") == "GET");
  CHECK(lines[0].at("path") == kCollection);
  CHECK(lines[0].at("flow_schema") == kFlowSchema);
  CHECK(lines[0].at("priority_level") == kPriorityLevel);
}

TEST_CASE("an answer that does not come in time is an error") {
  World world;
  world.server.inject({.what = Fault::What::Delay, .delay = 5s});
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = world.get(300ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 0);
  CHECK(since(begun) < 2s);
}

TEST_CASE("a server that says nothing is given up at the deadline") {
  World world;
  world.server.inject({.what = Fault::What::Silence, .delay = 5s});
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = world.get(200ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == 0);
  CHECK(since(begun) < 2s);
}

TEST_CASE("an answer that comes byte by byte is complete in time, or an error at the deadline") {
  World world;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(world.server.store().create(object("r" + std::to_string(i))));
  }
  world.server.inject({.what = Fault::What::SlowBytes, .delay = 2ms});
  const auto whole = world.get();
  REQUIRE(whole);
  CHECK(whole->at("items").size() == 5);
  world.server.inject({.what = Fault::What::SlowBytes, .delay = 100ms});
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(world.get(300ms));
  CHECK(since(begun) < 1s);
}

TEST_CASE("an answer that is no JSON is an error") {
  World world;
  world.inject_once(Fault::What::Garbage, "GET");
  const auto answer = world.get();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message.find("no JSON") != std::string::npos);
}

TEST_CASE("a request ends at once when it is told to stop") {
  World world;
  world.server.inject({.what = Fault::What::Delay, .times = 100, .delay = 20s});
  std::stop_source stop;
  const auto begun = std::chrono::steady_clock::now();
  std::jthread stopper([&] {
    while (world.server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  CHECK_FALSE(world.get(10s, stop.get_token()));
  CHECK(since(begun) < 1s);
}

// A listener whose queue is full drops what comes: connecting to it hangs, as to a dead host.
class DeadHost {
 public:
  DeadHost()
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)),
        filler_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, generic, size) == 0);
    REQUIRE(::listen(listener_, 0) == 0);
    REQUIRE(::getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    ::connect(filler_, generic, size);
  }
  DeadHost(const DeadHost&) = delete;
  DeadHost& operator=(const DeadHost&) = delete;
  ~DeadHost() {
    ::close(filler_);
    ::close(listener_);
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_;
  int filler_;
  int port_ = 0;
};

TEST_CASE("connecting to a host that is silent has an end, and ends at once when told to stop") {
  const DeadHost host;
  base::Metrics metrics;
  kube::Http http(*kube::config_without_credentials(host.url()), metrics);
  const auto begun = std::chrono::steady_clock::now();
  SUBCASE("deadline") {
    CHECK_FALSE(http.send({.method = "GET", .path = "/", .body = {}, .deadline = 1s}));
    CHECK(since(begun) < 3s);
  }
  SUBCASE("stop") {
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    CHECK_FALSE(
        http.send({.method = "GET", .path = "/", .body = {}, .deadline = 20s}, stop.get_token()));
    CHECK(since(begun) < 1s);
  }
  SUBCASE("stopped before") {
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(
        http.send({.method = "GET", .path = "/", .body = {}, .deadline = 20s}, stop.get_token()));
    CHECK(since(begun) < 1s);
  }
}

TEST_CASE("many threads may ask at once") {
  World world;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20; ++k) good += world.get() ? 1 : 0;
      });
    }
  }
  CHECK(good == 160);
}

TEST_CASE("requests are counted by code, method and host") {
  World world;
  REQUIRE(world.get());
  world.server.inject({.method = "GET", .code = 500});
  REQUIRE_FALSE(world.get());
  const std::string host = world.server.url().substr(7);
  const std::string text = world.metrics.text();
  CHECK(text.find("rest_client_requests_total{code=\"200\",host=\"" + host +
                  "\",method=\"GET\"} 1") != std::string::npos);
  CHECK(text.find("rest_client_requests_total{code=\"500\",host=\"" + host +
                  "\",method=\"GET\"} 1") != std::string::npos);
  CHECK(text.find("rest_client_requests_total{code=\"200\",host=\"" + host +
                  "\",method=\"PUT\"} 0") != std::string::npos);
}

TEST_CASE("a status write tells its fault by its reason") {
  struct Row {
    Fault fault;
    core::Reason expected;
  };
  const Row rows[] = {
      {{.code = 401}, core::Reason::KubernetesUnavailable},
      {{.code = 403}, core::Reason::KubernetesUnavailable},
      {{.code = 404}, core::Reason::Conflict},
      {{.code = 409}, core::Reason::Conflict},
      {{.code = 422}, core::Reason::InternalError},
      {{.code = 429}, core::Reason::KubernetesUnavailable},
      {{.code = 500}, core::Reason::KubernetesUnavailable},
      {{.what = Fault::What::DropRequest}, core::Reason::KubernetesUnavailable},
      {{.what = Fault::What::Garbage}, core::Reason::KubernetesUnavailable},
  };
  for (const Row& row : rows) {
    World world;
    const auto stored = world.server.store().create(object("replay"));
    world.server.inject(row.fault);
    kube::Api& api = world.api;
    core::OffsetReset reset = resource();
    reset.key = {"shop", "replay"};
    const auto written = api.write_status(reset);
    REQUIRE_FALSE(written);
    CHECK(written.error().reason == row.expected);
    CHECK(written.error().message.starts_with("write status of shop/replay: "));
  }
}

TEST_CASE("a Secret is in no error and in no line of the log, whatever goes wrong with it") {
  const std::string marker = "s3cret-marker";
  const std::string encoded = kube::to_base64(marker);
  for (const Fault& fault : std::vector<Fault>{{.code = 403},
                                               {.code = 404},
                                               {.code = 500},
                                               {.what = Fault::What::DropReply, .times = 9},
                                               {.what = Fault::What::HalfAnswer, .times = 9},
                                               {.what = Fault::What::Garbage}}) {
    const LogCapture log;
    World world;
    base::set_log_level(base::Level::Debug);
    REQUIRE(world.server.secrets().create(
        "shop", {{"metadata", {{"name", "user"}}}, {"data", {{"password", encoded}}}}));
    world.server.inject(fault);
    const auto read = world.api.read_texts({core::Holder::Kind::Secret, {"shop", "user"}});
    base::set_log_level(base::Level::Info);
    REQUIRE_FALSE(read);
    for (const std::string& secret : {marker, encoded}) {
      CHECK(read.error().message.find(secret) == std::string::npos);
      CHECK(log.text().find(secret) == std::string::npos);
    }
    CHECK(read.error().message.find("user") != std::string::npos);
  }
}

TEST_CASE("a read by name tells its fault by its reason") {
  struct Row {
    Fault fault;
    core::Reason of_reset;
    core::Reason of_config_map;
  };
  constexpr auto kUnavailable = core::Reason::KubernetesUnavailable;
  const Row rows[] = {
      {{.code = 401}, kUnavailable, kUnavailable},
      {{.code = 403}, kUnavailable, core::Reason::ConfigMapNotFound},
      {{.code = 404}, kUnavailable, kUnavailable},
      {{.code = 422}, core::Reason::InternalError, core::Reason::InternalError},
      {{.code = 500}, kUnavailable, kUnavailable},
      {{.what = Fault::What::DropRequest, .times = 100}, kUnavailable, kUnavailable},
      {{.what = Fault::What::Garbage}, kUnavailable, kUnavailable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fault.code);
    World world;
    REQUIRE(world.server.store().create(object("replay")));
    const auto stored = world.server.config_maps().create(
        "shop", {{"metadata", {{"name", "positions"}}}, {"data", {{"a.csv", "orders,0,5"}}}});
    REQUIRE(stored);
    kube::Api& api = world.api;
    world.server.inject(row.fault);
    const auto reset = api.read_reset({"shop", "replay"});
    REQUIRE_FALSE(reset);
    CHECK(reset.error().reason == row.of_reset);
    world.server.inject(row.fault);
    const auto text = api.read_config_map({"shop", "positions"}, "a.csv");
    REQUIRE_FALSE(text);
    CHECK(text.error().reason == row.of_config_map);
    world.server.heal();
    CHECK(api.read_reset({"shop", "replay"}));
    CHECK(api.read_config_map({"shop", "positions"}, "a.csv") == "orders,0,5");
  }
}

TEST_CASE("without the CRD it is said what to do") {
  World world;
  world.server.uninstall_definition();
  const auto checked = kube::check_installed(world.http, "");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message.find("apply the files in crds/") != std::string::npos);
}

}  // namespace
}  // namespace tests
