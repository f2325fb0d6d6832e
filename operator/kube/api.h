#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "core/ports.h"
#include "kube/event_recorder.h"
#include "kube/http.h"

namespace kube {

// Writes to the API server what core:: wants written, and reads what it wants to know by name.
class Api : public core::Kubernetes {
 public:
  // `stop` ends a request that is under way, as KubernetesUnavailable. `http` and `events` must
  // live longer.
  Api(Http& http, EventRecorder& events, std::stop_token stop = {},
      std::chrono::milliseconds deadline = std::chrono::seconds(10));

  core::Result<core::OffsetReset> write_status(const core::OffsetReset& resource) override;
  core::Result<core::OffsetReset> read_reset(const core::ObjectKey& key) override;
  core::Result<std::string> read_config_map(const core::ObjectKey& config_map,
                                            const std::string& key) override;
  core::Result<core::Texts> read_texts(const core::Holder& holder) override;
  core::Result<core::KafkaConnection> read_connection(const core::ConnectionId& id) override;
  core::Result<core::Labels> read_namespace_labels(const std::string& name) override;
  core::Result<core::KafkaConnection> write_connection_status(
      const core::KafkaConnection& connection) override;
  core::Result<void> delete_reset(const core::ObjectKey& key, const std::string& uid) override;
  void record_event(const core::Event& event) override;

 private:
  Answer get(std::string path);
  // The object's identity, its resourceVersion and the status, to its path.
  Answer put_status(std::string path, const nlohmann::json& update);

  Http& http_;
  EventRecorder& events_;
  const std::stop_token stop_;
  const std::chrono::milliseconds deadline_;
};

// Asks once whether the server has the resource OffsetReset, and whether we may list it there. The
// message of the error says what to do. `namespace_name` empty: in all namespaces.
core::Result<void> check_installed(Http& http, const std::string& namespace_name,
                                   const std::stop_token& stop = {});

}  // namespace kube
