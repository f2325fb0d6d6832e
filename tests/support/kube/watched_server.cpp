#include "support/kube/watched_server.h"

#include <doctest/doctest.h>

#include <utility>

namespace tests {

using nlohmann::json;

void WatchedServer::start(core::ChangeSink sink, const kube::WatchTiming& timing,
                          const std::string& namespace_name) {
  watcher_ = std::make_unique<kube::Watcher>(
      http_, metrics, kube::reset_feed(namespace_name, std::move(sink)), timing);
}

void WatchedServer::start(core::ConnectionKind kind, core::ConnectionSink sink,
                          const kube::WatchTiming& timing, const std::string& namespace_name) {
  watcher_ = std::make_unique<kube::Watcher>(
      http_, metrics, kube::connection_feed(kind, namespace_name, std::move(sink)), timing);
}

void WatchedServer::create(const std::string& name, const std::string& namespace_name) {
  REQUIRE(server.store().create(reset_object(name, namespace_name)));
}

void WatchedServer::touch(const std::string& name) {
  json stored = *server.store().find("shop", name);
  stored["status"]["observedGeneration"] = 1;
  stored["status"]["destination"] = stored["metadata"]["resourceVersion"];  // new each time
  REQUIRE(server.store().replace_status(stored));
}

void WatchedServer::close(const std::string& name) {
  json stored = *server.store().find("shop", name);
  stored["status"] = {{"observedGeneration", 1}, {"closed", true}};
  REQUIRE(server.store().replace_status(stored));
}

void WatchedServer::remove(const std::string& name) {
  REQUIRE(server.store().remove("shop", name));
}

void WatchedServer::create(const core::ConnectionId& id) {
  REQUIRE(server.connections(id.kind).create(connection_object(id)));
}

Mirror::State WatchedServer::open() const {
  Mirror::State state;
  for (const json& object : server.store().list("").objects) {
    const json& metadata = object.at("metadata");
    if (is_open(object)) {
      state[{metadata.at("namespace"), metadata.at("name")}] = metadata.at("resourceVersion");
    }
  }
  return state;
}

std::string WatchedServer::last_request(std::string_view target_part) const {
  std::string last;
  for (const SeenRequest& request : server.requests()) {
    if (request.target.find(target_part) != std::string::npos) last = request.target;
  }
  return last;
}

}  // namespace tests
