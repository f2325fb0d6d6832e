#include "support/kube/server_under_test.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include <cstdlib>
#include <random>
#include <stdexcept>
#include <utility>

#include "core/connection_codec.h"
#include "core/resource_codec.h"
#include "kube/base64.h"
#include "kube/config.h"
#include "kube/paths.h"
#include "support/kube/objects.h"

namespace tests {
namespace {

using nlohmann::json;

constexpr const char* kJson = "application/json";

bool is_rig_wanted() {
  const char* wanted = std::getenv("CONTRACT_SERVER");
  return wanted != nullptr && std::string(wanted) == "rig";
}

kube::Config config_of(const core::Result<kube::Config>& config) {
  if (!config) throw std::runtime_error(config.error().message);
  return *config;
}

kube::Config rig_config() {
  const char* file = std::getenv("KUBECONFIG");
  if (file == nullptr) throw std::runtime_error("CONTRACT_SERVER=rig needs KUBECONFIG");
  return config_of(kube::load_config(file));
}

// Through etcd's gateway for JSON, where numbers are texts and keys are in Base64.
void compact_etcd() {
  const char* url = std::getenv("ETCD");
  if (url == nullptr) throw std::runtime_error("CONTRACT_SERVER=rig needs ETCD");
  httplib::Client etcd(url);
  const auto range = etcd.Post("/v3/kv/range", R"({"key":"Lw==","limit":"1"})", kJson);
  REQUIRE(range);
  const json header = json::parse(range->body).at("header");
  const json revision{{"revision", header.at("revision")}, {"physical", true}};
  const auto compacted = etcd.Post("/v3/kv/compaction", revision.dump(), kJson);
  REQUIRE(compacted);
  REQUIRE_MESSAGE(compacted->status == 200, compacted->body);
}

std::string unique_name() {
  std::random_device random;
  return fmt::format("contract-{:08x}", random());
}

}  // namespace

ServerUnderTest::ServerUnderTest() : namespace_name_(unique_name()) {
  if (!is_rig_wanted()) fake_ = std::make_unique<FakeApiServer>();
  http_ = std::make_unique<kube::Http>(
      fake_ ? config_of(kube::config_without_credentials(fake_->url())) : rig_config(), metrics_);
  events_ = std::make_unique<kube::EventRecorder>(*http_, metrics_, "contract");
  api_ = std::make_unique<kube::Api>(*http_, *events_);
  const json space{
      {"kind", "Namespace"},
      {"apiVersion", "v1"},
      {"metadata", {{"name", namespace_name_}, {"labels", {{"purpose", "contract"}}}}}};
  must({.method = "POST", .path = "/api/v1/namespaces", .body = space.dump()});
}

std::string ServerUnderTest::collection() const {
  return kube::collection_path(core::kPlural, namespace_name_);
}

json ServerUnderTest::create(const std::string& name) {
  const json object = reset_object(name, namespace_name_);
  return must({.method = "POST", .path = collection(), .body = object.dump()});
}

void ServerUnderTest::create_config_map(const std::string& name, const json& fields) {
  json object{{"kind", "ConfigMap"}, {"apiVersion", "v1"}, {"metadata", {{"name", name}}}};
  object.update(fields);
  must({.method = "POST",
        .path = fmt::format("/api/v1/namespaces/{}/configmaps", namespace_name_),
        .body = object.dump()});
}

void ServerUnderTest::create_secret(const std::string& name, const json& data) {
  const json object{
      {"kind", "Secret"}, {"apiVersion", "v1"}, {"metadata", {{"name", name}}}, {"data", data}};
  must({.method = "POST",
        .path = fmt::format("/api/v1/namespaces/{}/secrets", namespace_name_),
        .body = object.dump()});
}

core::ConnectionId ServerUnderTest::connection_id(core::ConnectionKind kind,
                                                  const std::string& name) const {
  if (kind == core::ConnectionKind::KafkaConnection) return {kind, {namespace_name_, name}};
  return {kind, {{}, namespace_name_ + "-" + name}};
}

json ServerUnderTest::create_connection(const core::ConnectionId& id, const json& spec) {
  json object = connection_object(id);
  object["spec"].update(spec);
  return must({.method = "POST",
               .path = kube::collection_path(core::plural_of(id.kind), id.key.namespace_name),
               .body = object.dump()});
}

void ServerUnderTest::remove(const core::ConnectionId& id) {
  const json options{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  must({.method = "DELETE",
        .path = kube::object_path(core::plural_of(id.kind), id.key),
        .body = options.dump()});
}

json ServerUnderTest::list(const std::string& query) {
  return must({.method = "GET", .path = collection() + "?" + query, .body = {}});
}

json ServerUnderTest::put_status(json object, const json& status) {
  object["status"] = status;
  const auto answer = try_put_status(object);
  REQUIRE_MESSAGE(answer, answer.error().message);
  return *answer;
}

json ServerUnderTest::close(const json& object) {
  return put_status(object, {{"observedGeneration", 1}, {"closed", true}});
}

void ServerUnderTest::remove(const std::string& name) {
  // Without a body httplib's server (0.41.0) waits for one until its read timeout.
  const json options{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  must({.method = "DELETE", .path = collection() + "/" + name, .body = options.dump()});
}

// The real server keeps what it listed lately in memory, whatever etcd has forgotten: only a
// version of long ago is gone for sure. So the token is made here, in the form of its own.
std::string ServerUnderTest::expired_continue_token() {
  if (!fake_) {
    compact_etcd();
    const json token{{"v", "meta.k8s.io/v1"}, {"rv", 1}, {"start", std::string("a\0", 2)}};
    std::string text = kube::to_base64(token.dump());
    text.resize(text.find_last_not_of('=') + 1);
    return text;
  }
  create("a");
  create("b");
  const std::string token = list("limit=1").at("metadata").at("continue");
  fake_->store().forget_history();
  fake_->expire_continue_tokens();
  return token;
}

kube::Answer ServerUnderTest::get(const std::string& path) {
  return http_->send({.method = "GET", .path = path, .body = {}});
}

kube::Answer ServerUnderTest::try_put_status(const json& object) {
  return http_->send({.method = "PUT",
                      .path = collection() + "/" + name_of(object) + "/status",
                      .body = object.dump()});
}

std::vector<kube::WatchEvent> ServerUnderTest::watch(const std::string& query, std::size_t count,
                                                     std::function<void()> meanwhile) {
  std::vector<kube::WatchEvent> events;
  kube::WatchDecoder decoder;
  const auto receive = [&](std::string_view bytes) {
    if (!decoder.decode(bytes, events)) return false;
    const auto todo = events.empty() ? nullptr : std::exchange(meanwhile, nullptr);
    if (todo) todo();
    return events.size() < count;
  };
  const auto ended = http_->stream({.method = "GET",
                                    .path = collection() + "?watch=true&" + query,
                                    .body = {},
                                    .deadline = std::chrono::seconds(30)},
                                   receive, {});
  REQUIRE_MESSAGE(ended, ended.error().message);
  if (events.size() > count) events.resize(count);  // several came in one piece
  return events;
}

json ServerUnderTest::must(const kube::Request& request) {
  const auto answer = http_->send(request);
  REQUIRE_MESSAGE(answer, request.method << " " << request.path << ": " << answer.error().message);
  return *answer;
}

std::string version_of(const json& object) { return object.at("metadata").at("resourceVersion"); }

std::string name_of(const json& object) { return object.at("metadata").at("name"); }

}  // namespace tests
