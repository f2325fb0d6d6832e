#include "support/fake_api_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <regex>
#include <utility>

#include "support/server_socket.h"

namespace tests {
namespace {

using nlohmann::json;

constexpr const char* kApi = "/apis/offsetreset.io/v1alpha1";
constexpr const char* kOpenApi = "/openapi/v3/apis/offsetreset.io/v1alpha1";
constexpr const char* kJson = "application/json";
constexpr const char* kToken = "token-";
constexpr std::chrono::milliseconds kTick{20};  // how soon a delayed request sees the end
constexpr std::size_t kSlowPiece = 100;         // bytes
constexpr std::size_t kThreads = 64;            // each connection and watch has one

void answer(httplib::Response& response, int code, const json& body) {
  response.status = code;
  response.set_content(body.dump(), kJson);
}

void answer(httplib::Response& response, const FakeApiStore::Stored& stored, int code = 200) {
  if (stored) return answer(response, code, *stored);
  answer(response, stored.error().at("code").get<int>(), stored.error());
}

// What has neither status nor watch. `name`: of its namespace, and its own.
void serve_plain(const httplib::Request& request, httplib::Response& response, FakeObjects& objects,
                 const std::pair<std::string, std::string>& name) {
  if (request.method == "GET") return answer(response, objects.find(name.first, name.second));
  const json body = json::parse(request.body);
  if (request.method == "POST") return answer(response, objects.create(name.first, body), 201);
  if (request.method == "PUT") return answer(response, objects.replace(name.first, body));
  answer(response, objects.merge(name.first, name.second, body));
}

void serve_object(const httplib::Request& request, httplib::Response& response,
                  FakeResource& resource, const std::pair<std::string, std::string>& name,
                  bool is_status) {
  if (request.method == "GET")
    return answer(response, resource.store.find(name.first, name.second));
  const json object = json::parse(request.body, nullptr, false);
  if (request.method == "DELETE") {
    const json preconditions = object.value("preconditions", json::object());
    const auto uid = preconditions.value("uid", std::string());
    return answer(response, resource.store.remove(name.first, name.second, uid));
  }
  if (!object.is_object() || object.value("kind", "") != resource.kind) {
    return answer(response, 400, api_status(400, "BadRequest", "the body is no " + resource.kind));
  }
  answer(response,
         is_status ? resource.store.replace_status(object) : resource.store.replace(object));
}

// What is there of the body, and then the end of the connection.
void send_half(httplib::Response& response) {
  const std::string body = std::move(response.body);
  response.body.clear();
  response.headers.erase("Content-Type");
  response.set_content_provider(body.size(), kJson,
                                [body](std::size_t, std::size_t, httplib::DataSink& sink) {
                                  sink.write(body.data(), body.size() / 2);
                                  return false;
                                });
}

void send_slowly(httplib::Response& response, const std::function<void()>& pause) {
  const std::string body = std::move(response.body);
  response.body.clear();
  response.headers.erase("Content-Type");
  response.set_content_provider(
      body.size(), kJson,
      [body, pause](std::size_t offset, std::size_t left, httplib::DataSink& sink) {
        pause();
        return sink.write(body.data() + offset, std::min(left, kSlowPiece));
      });
}

void answer_unknown_path(httplib::Response& response) {
  response.status = 404;
  response.set_content("404 page not found\n", "text/plain");
}

}  // namespace

FakeApiServer::FakeApiServer() : server_(std::make_unique<httplib::Server>()) {
  server_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server_->set_tcp_nodelay(true);
  server_->set_keep_alive_max_count(1'000'000);
  const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
    handle(request, response);
  };
  server_->Get(".*", serve);
  server_->Post(".*", serve);
  server_->Put(".*", serve);
  server_->Patch(".*", serve);
  server_->Delete(".*", serve);
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::jthread([this] { server_->listen_after_bind(); });
  server_->wait_until_ready();
}

FakeApiServer::~FakeApiServer() {
  is_stopping_ = true;
  for (auto* resource : {&resets_, &connections_, &cluster_connections_}) resource->watches.stop();
  server_->stop();
}

std::string FakeApiServer::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

void FakeApiServer::inject(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FakeApiServer::heal() {
  const std::lock_guard lock(mutex_);
  for (auto* resource : {&resets_, &connections_, &cluster_connections_}) {
    resource->watches.heal();
    resource->is_installed = true;
  }
  faults_.clear();
  refuses_selectors_ = false;
  is_uninstalled_ = false;
  required_token_.clear();
}

void FakeApiServer::expire_continue_tokens() {
  const std::lock_guard lock(mutex_);
  continues_.clear();
}

void FakeApiServer::refuse_selectors(bool refuse) {
  const std::lock_guard lock(mutex_);
  refuses_selectors_ = refuse;
}

void FakeApiServer::uninstall_definition(bool gone) {
  const std::lock_guard lock(mutex_);
  is_uninstalled_ = gone;
}

void FakeApiServer::uninstall_connections(bool gone) {
  const std::lock_guard lock(mutex_);
  connections_.is_installed = cluster_connections_.is_installed = !gone;
}

void FakeApiServer::tell_schemas(json openapi_document) {
  const std::lock_guard lock(mutex_);
  openapi_document_ = std::move(openapi_document);
}

void FakeApiServer::require_token(std::string token) {
  const std::lock_guard lock(mutex_);
  required_token_ = std::move(token);
}

std::vector<SeenRequest> FakeApiServer::requests() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::size_t FakeApiServer::count_requests(std::string_view method,
                                          std::string_view target_part) const {
  const auto seen = requests();
  return static_cast<std::size_t>(std::ranges::count_if(seen, [&](const SeenRequest& request) {
    return request.method == method && request.target.find(target_part) != std::string::npos;
  }));
}

Fault FakeApiServer::take_fault(const httplib::Request& request) {
  const std::lock_guard lock(mutex_);
  seen_.push_back({request.method, request.target, request.get_header_value("User-Agent"),
                   request.get_header_value("Authorization")});
  for (Fault& fault : faults_) {
    if (fault.times == 0) continue;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (request.target.find(fault.path_part) == std::string::npos) continue;
    Fault taken = fault;
    --fault.times;
    return taken;
  }
  return Fault{.times = 0};
}

void FakeApiServer::drop_connection(const httplib::Request& request) const {
  ::shutdown(socket_between(port_, request.remote_port), SHUT_RDWR);
}

void FakeApiServer::wait_for(std::chrono::milliseconds delay) const {
  for (auto left = delay; left.count() > 0 && !is_stopping_; left -= kTick) {
    std::this_thread::sleep_for(std::min(left, kTick));
  }
}

FakeObjects::Stored FakeApiServer::create_namespace(const std::string& name, const json& labels) {
  json metadata{{"name", name}, {"labels", labels}};
  metadata["labels"]["kubernetes.io/metadata.name"] = name;
  return namespaces_.create(
      "", {{"kind", "Namespace"}, {"apiVersion", "v1"}, {"metadata", std::move(metadata)}});
}

void FakeApiServer::handle(const httplib::Request& request, httplib::Response& response) {
  response.set_header("X-Kubernetes-PF-FlowSchema-UID", kFlowSchema);
  response.set_header("X-Kubernetes-PF-PriorityLevel-UID", kPriorityLevel);
  const Fault fault = take_fault(request);
  if (fault.times == 0) return route(request, response);
  switch (fault.what) {
    case Fault::What::Answer:
      if (fault.retry_after_seconds >= 0) {
        response.set_header("Retry-After", std::to_string(fault.retry_after_seconds));
      }
      return answer(response, fault.code, api_status(fault.code, "", fault.message));
    case Fault::What::Garbage:
      return response.set_content("<html>no JSON</html>", "text/html");
    case Fault::What::DropRequest:
      return drop_connection(request);
    case Fault::What::DropReply:
      route(request, response);
      return drop_connection(request);
    case Fault::What::HalfAnswer:
      route(request, response);
      return send_half(response);
    case Fault::What::Silence:
      wait_for(fault.delay);
      return drop_connection(request);
    case Fault::What::Delay:
      wait_for(fault.delay);
      return route(request, response);
    case Fault::What::SlowBytes:
      route(request, response);
      return send_slowly(response, [this, delay = fault.delay] { wait_for(delay); });
  }
}

void FakeApiServer::route(const httplib::Request& request, httplib::Response& response) {
  {
    const std::lock_guard lock(mutex_);
    const std::string wanted = "Bearer " + required_token_;
    if (!required_token_.empty() && request.get_header_value("Authorization") != wanted) {
      return answer(response, 401, api_status(401, "Unauthorized", "Unauthorized"));
    }
    if (is_uninstalled_) {
      return answer_unknown_path(response);
    }
    if (request.path == kOpenApi && !openapi_document_.is_null()) {
      return answer(response, 200, openapi_document_);
    }
  }
  if (!route_plain(request, response) && !route_resource(request, response)) {
    answer_unknown_path(response);
  }
}

// False: it is none of these.
bool FakeApiServer::route_plain(const httplib::Request& request, httplib::Response& response) {
  if (request.path == "/api/v1/namespaces" && request.method == "POST") {
    const json metadata = json::parse(request.body).at("metadata");
    const auto labels = metadata.value("labels", json::object());
    return answer(response, create_namespace(metadata.at("name"), labels), 201), true;
  }
  static const std::regex kNamespace("/api/v1/namespaces/([^/]+)");
  static const std::regex kPlain(
      "/(?:api/v1|apis/events\\.k8s\\.io/v1|apis/coordination\\.k8s\\.io/v1)/namespaces/([^/]+)/"
      "(configmaps|secrets|events|leases)(?:/([^/]+))?");
  std::smatch match;
  if (std::regex_match(request.path, match, kNamespace)) {
    return serve_plain(request, response, namespaces_, {"", match[1]}), true;
  }
  if (!std::regex_match(request.path, match, kPlain)) return false;
  return serve_plain(request, response, objects_of(match[2]), {match[1], match[3]}), true;
}

bool FakeApiServer::route_resource(const httplib::Request& request, httplib::Response& response) {
  static const std::regex kPath(std::string(kApi) +
                                "(?:/namespaces/([^/]+))?/([a-z]+)(?:/([^/]+)(/status)?)?");
  std::smatch match;
  if (!std::regex_match(request.path, match, kPath)) return false;
  FakeResource* const resource = resource_of(match[2]);
  if (resource == nullptr || (match[1].matched && !resource->is_namespaced)) return false;
  if (match[3].matched) {
    serve_object(request, response, *resource, {match[1], match[3]}, match[4].matched);
  } else {
    serve_collection(request, response, *resource, match[1]);
  }
  return true;
}

void FakeApiServer::serve_collection(const httplib::Request& request, httplib::Response& response,
                                     FakeResource& resource, const std::string& namespace_name) {
  if (request.method == "POST") {
    json object = json::parse(request.body);
    if (resource.is_namespaced) object["metadata"]["namespace"] = namespace_name;
    return answer(response, resource.store.create(std::move(object)), 201);
  }
  const std::string selector = request.get_param_value("fieldSelector");
  if (!takes_selector(resource, selector)) {
    const std::string field = selector.substr(0, selector.find_first_of("!="));
    return answer(response, 400,
                  api_status(400, "BadRequest", "field label not supported: " + field));
  }
  if (request.get_param_value("watch") == "true") {
    return resource.watches.serve(request, response, namespace_name, port_);
  }
  list(request, response, resource, namespace_name);
}

FakeResource& FakeApiServer::resource_of(core::ConnectionKind kind) {
  return kind == core::ConnectionKind::KafkaConnection ? connections_ : cluster_connections_;
}

FakeResource* FakeApiServer::resource_of(const std::string& plural) {
  const std::lock_guard lock(mutex_);
  for (auto* resource : {&resets_, &connections_, &cluster_connections_}) {
    if (resource->plural == plural && resource->is_installed) return resource;
  }
  return nullptr;
}

FakeObjects& FakeApiServer::objects_of(const std::string& resource) {
  if (resource == "configmaps") return config_maps_;
  if (resource == "secrets") return secrets_;
  return resource == "events" ? events_ : leases_;
}

void FakeApiServer::list(const httplib::Request& request, httplib::Response& response,
                         const FakeResource& resource, const std::string& namespace_name) {
  const std::string selector = request.get_param_value("fieldSelector");
  const std::string token = request.get_param_value("continue");
  FakeApiStore::Listed listed;
  {
    const std::lock_guard lock(mutex_);
    if (!token.empty()) {
      const auto it = continues_.find(token);
      if (it == continues_.end() && !token.starts_with(kToken)) {
        return answer(response, 400, api_status(400, "BadRequest", "invalid continue token"));
      }
      if (it == continues_.end()) {
        return answer(response, 410,
                      api_status(410, "Expired", "The provided continue parameter is too old"));
      }
      listed = {it->second.version, it->second.objects};
    }
  }
  if (token.empty()) {
    listed = resource.store.list(namespace_name);
    if (!selector.empty()) std::erase_if(listed.objects, [](auto& o) { return !is_open(o); });
  }
  const std::int64_t wanted = std::atoll(request.get_param_value("resourceVersion").c_str());
  if (wanted > listed.version) return answer(response, 504, version_too_large());
  json metadata{{"resourceVersion", std::to_string(listed.version)}};
  // Any version is as good: it comes from a cache that knows no pages.
  const bool is_paged = request.get_param_value("resourceVersion") != "0";
  const auto limit =
      static_cast<std::size_t>(is_paged ? std::atoi(request.get_param_value("limit").c_str()) : 0);
  auto items = take_page(std::move(listed.objects), limit, listed.version, metadata);
  answer(response, 200,
         {{"kind", resource.kind + "List"},
          {"apiVersion", "offsetreset.io/v1alpha1"},
          {"metadata", std::move(metadata)},
          {"items", std::move(items)}});
}

std::vector<json> FakeApiServer::take_page(std::vector<json> objects, std::size_t limit,
                                           std::int64_t version, json& metadata) {
  if (limit == 0 || objects.size() <= limit) return objects;
  const auto end = objects.begin() + static_cast<std::ptrdiff_t>(limit);
  const std::lock_guard lock(mutex_);
  const std::string token = fmt::format("{}{}", kToken, ++tokens_);
  metadata["continue"] = token;
  metadata["remainingItemCount"] = objects.size() - limit;
  continues_[token] = {version, {end, objects.end()}};
  objects.erase(end, objects.end());
  return objects;
}

bool FakeApiServer::takes_selector(const FakeResource& resource,
                                   const std::string& selector) const {
  const std::lock_guard lock(mutex_);
  return selector.empty() || (!refuses_selectors_ && selector == resource.selector);
}

}  // namespace tests
