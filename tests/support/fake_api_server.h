#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/offset_reset.h"
#include "support/fake_api_store.h"
#include "support/fake_objects.h"
#include "support/fake_watches.h"
#include "support/fault.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace tests {

struct SeenRequest {
  std::string method;
  std::string target;  // path and query, as sent
  std::string user_agent;
  std::string authorization;
};

// By which rules each answer was let through, or throttled (X-Kubernetes-PF-*-UID).
inline constexpr const char* kFlowSchema = "8d6bd17d-5b5a-4b1c-9d2a-0f5c2ab6a1f4";
inline constexpr const char* kPriorityLevel = "b4f3a0c2-7a58-4c55-8a90-3c2d8f4f1e63";

// A custom resource with a status.
struct FakeResource {
  std::string plural;
  std::string kind;
  bool is_namespaced = true;
  std::string selector = {};  // the one of fields that is taken; empty: none
  bool is_installed = true;
  FakeApiStore store{plural + ".offsetreset.io"};
  FakeWatches watches{kind, store};
};

// The Kubernetes API server's behaviour for our resources on 127.0.0.1, in this process: list with
// pages, watch, get, create, update, status, delete; for ConfigMap, Secret, Event, Lease and
// Namespace: get, create, update and patch; and whatever may go wrong. tests/contract holds it
// against the real one. Thread-safe.
class FakeApiServer {
 public:
  FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;
  ~FakeApiServer();

  std::string url() const;  // http://127.0.0.1:PORT

  // The cluster's state, for arranging and asserting without HTTP; watches see every change.
  FakeApiStore& store() { return resets_.store; }
  const FakeApiStore& store() const { return resets_.store; }
  FakeApiStore& connections(core::ConnectionKind kind) { return resource_of(kind).store; }
  FakeObjects& config_maps() { return config_maps_; }
  FakeObjects& secrets() { return secrets_; }
  FakeObjects& events() { return events_; }
  FakeObjects& leases() { return leases_; }
  FakeObjects::Stored create_namespace(const std::string& name,
                                       const nlohmann::json& labels = nlohmann::json::object());

  // What it tells of our resources' schemas; without it, 404.
  void tell_schemas(nlohmann::json openapi_document);

  // Faults are tried in the order in which they were injected.
  void inject(Fault fault);
  void inject_into_watches(WatchFault fault) { resets_.watches.inject(fault); }
  void heal();                                   // forgets all faults and the states below
  void expire_continue_tokens();                 // 410 for each that was given out
  void refuse_selectors(bool refuse = true);     // as a server before 1.31: 400
  void uninstall_definition(bool gone = true);   // 404 for everything
  void uninstall_connections(bool gone = true);  // 404 for both kinds of them
  void require_token(std::string token);         // 401 without it; empty: none is asked for

  // What happens to the watches of OffsetResets that are open; and which lists may come as one.
  void cut_watches() { resets_.watches.cut(); }  // breaks the connection of each one
  void end_watches() { resets_.watches.end(); }  // ends each one in good order
  void send_to_watches(std::string bytes) { resets_.watches.send(std::move(bytes)); }
  void refuse_streams(bool refuse = true) { resets_.watches.refuse_lists(refuse); }

  std::vector<SeenRequest> requests() const;
  std::size_t count_requests(std::string_view method, std::string_view target_part) const;
  FakeWatches& watches(core::ConnectionKind kind) { return resource_of(kind).watches; }
  std::size_t told() const { return resets_.watches.told(); }     // events and bookmarks so far
  std::size_t watches() const { return resets_.watches.open(); }  // now open

 private:
  void handle(const httplib::Request& request, httplib::Response& response);
  void route(const httplib::Request& request, httplib::Response& response);
  bool route_plain(const httplib::Request& request, httplib::Response& response);
  bool route_resource(const httplib::Request& request, httplib::Response& response);
  void serve_collection(const httplib::Request& request, httplib::Response& response,
                        FakeResource& resource, const std::string& namespace_name);
  void list(const httplib::Request& request, httplib::Response& response,
            const FakeResource& resource, const std::string& namespace_name);
  bool takes_selector(const FakeResource& resource, const std::string& selector) const;
  FakeResource& resource_of(core::ConnectionKind kind);
  FakeResource* resource_of(const std::string& plural);  // null: it is not installed
  FakeObjects& objects_of(const std::string& resource);
  std::vector<nlohmann::json> take_page(std::vector<nlohmann::json> objects, std::size_t limit,
                                        std::int64_t version, nlohmann::json& metadata);
  Fault take_fault(const httplib::Request& request);  // times == 0: none
  void drop_connection(const httplib::Request& request) const;
  void wait_for(std::chrono::milliseconds delay) const;  // or the end of the server

  struct Rest {  // of a list, behind a continue token
    std::int64_t version = 0;
    std::vector<nlohmann::json> objects;
  };

  FakeResource resets_{
      .plural = "offsetresets", .kind = "OffsetReset", .selector = "status.closed!=true"};
  FakeResource connections_{.plural = "kafkaconnections", .kind = "KafkaConnection"};
  FakeResource cluster_connections_{.plural = "clusterkafkaconnections",
                                    .kind = "ClusterKafkaConnection",
                                    .is_namespaced = false};
  FakeObjects namespaces_{"namespaces"};
  FakeObjects config_maps_{"configmaps"};
  FakeObjects secrets_{"secrets"};
  FakeObjects events_{"events.events.k8s.io"};
  FakeObjects leases_{"leases.coordination.k8s.io"};
  std::atomic<bool> is_stopping_ = false;

  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
  std::vector<SeenRequest> seen_;
  std::vector<std::string> sent_to_watches_;
  std::map<std::string, Rest> continues_;
  int tokens_ = 0;
  bool refuses_selectors_ = false;
  bool is_uninstalled_ = false;
  std::string required_token_;
  nlohmann::json openapi_document_;  // null: none is told

  int port_ = 0;
  std::unique_ptr<httplib::Server> server_;
  std::jthread thread_;
};

}  // namespace tests
