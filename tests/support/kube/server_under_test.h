#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "core/kafka_connection.h"
#include "kube/api.h"
#include "kube/event_recorder.h"
#include "kube/http.h"
#include "kube/watch_decoder.h"
#include "support/fake_api_server.h"

namespace tests {

// The API server that the suite is run against: the fake one, or with CONTRACT_SERVER=rig in the
// environment the real one that KUBECONFIG names, which has the CRD and lets us do everything. Made
// anew for each test, with a namespace of its own.
class ServerUnderTest {
 public:
  ServerUnderTest();

  kube::Http& http() { return *http_; }
  kube::EventRecorder& events() { return *events_; }
  kube::Api& api() { return *api_; }
  base::Metrics& metrics() { return metrics_; }
  const std::string& namespace_name() const { return namespace_name_; }
  std::string collection() const;  // path of the resources in the namespace

  // Each must succeed.
  nlohmann::json create(const std::string& name);
  void create_config_map(const std::string& name, const nlohmann::json& fields);  // data...
  void create_secret(const std::string& name, const nlohmann::json& data);        // in base64
  // Of that name in the namespace, or with a name like the namespace's in the cluster.
  core::ConnectionId connection_id(core::ConnectionKind kind, const std::string& name) const;
  nlohmann::json create_connection(const core::ConnectionId& id,
                                   const nlohmann::json& spec = nlohmann::json::object());
  void remove(const core::ConnectionId& id);
  nlohmann::json list(const std::string& query);
  nlohmann::json put_status(nlohmann::json object, const nlohmann::json& status);
  nlohmann::json close(const nlohmann::json& object);
  void remove(const std::string& name);

  // A continue token of a version that the server has forgotten.
  std::string expired_continue_token();

  kube::Answer get(const std::string& path);
  kube::Answer try_put_status(const nlohmann::json& object);

  // What a watch brings: the first `count` events, or fewer if it ends before. `meanwhile` is done
  // once, when the first has come.
  std::vector<kube::WatchEvent> watch(const std::string& query, std::size_t count,
                                      std::function<void()> meanwhile = nullptr);

 private:
  nlohmann::json must(const kube::Request& request);

  std::unique_ptr<FakeApiServer> fake_;  // null: the real one
  base::Metrics metrics_;
  std::unique_ptr<kube::Http> http_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<kube::Api> api_;
  std::string namespace_name_;
};

std::string version_of(const nlohmann::json& object);
std::string name_of(const nlohmann::json& object);

}  // namespace tests
