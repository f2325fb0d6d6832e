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

// The Kubernetes API server's behaviour for OffsetReset on 127.0.0.1, in this process: list with
// pages, watch, get, create, update, status, delete; for ConfigMap, Secret, Event and Lease: get,
// create, update and patch; and whatever may go wrong. tests/contract holds it against the real
// one. Thread-safe.
class FakeApiServer {
 public:
  FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;
  ~FakeApiServer();

  std::string url() const;  // http://127.0.0.1:PORT

  // The cluster's state, for arranging and asserting without HTTP; watches see every change.
  FakeApiStore& store() { return store_; }
  const FakeApiStore& store() const { return store_; }
  FakeObjects& config_maps() { return config_maps_; }
  FakeObjects& secrets() { return secrets_; }
  FakeObjects& events() { return events_; }
  FakeObjects& leases() { return leases_; }

  // Faults are tried in the order in which they were injected.
  void inject(Fault fault);
  void inject_into_watches(WatchFault fault) { watches_.inject(fault); }
  void heal();                                  // forgets all faults and the states below
  void expire_continue_tokens();                // 410 for each that was given out
  void refuse_selectors(bool refuse = true);    // as a server before 1.31: 400
  void uninstall_definition(bool gone = true);  // 404 for everything
  void require_token(std::string token);        // 401 without it; empty: none is asked for

  // What happens to the watches that are open; and which lists may come as one.
  void cut_watches() { watches_.cut(); }  // breaks the connection of each one
  void end_watches() { watches_.end(); }  // ends each one in good order
  void send_to_watches(std::string bytes) { watches_.send(std::move(bytes)); }
  void refuse_streams(bool refuse = true) { watches_.refuse_lists(refuse); }

  std::vector<SeenRequest> requests() const;
  std::size_t count_requests(std::string_view method, std::string_view target_part) const;
  std::size_t told() const { return watches_.told(); }     // events and bookmarks so far
  std::size_t watches() const { return watches_.open(); }  // now open

 private:
  void handle(const httplib::Request& request, httplib::Response& response);
  void route(const httplib::Request& request, httplib::Response& response);
  void list(const httplib::Request& request, httplib::Response& response,
            const std::string& namespace_name);
  bool takes_selector(const std::string& selector) const;
  FakeObjects& objects_of(const std::string& resource);
  void serve_object(const httplib::Request& request, httplib::Response& response,
                    const std::string& namespace_name, const std::string& name, bool is_status);
  std::vector<nlohmann::json> take_page(std::vector<nlohmann::json> objects, std::size_t limit,
                                        std::int64_t version, nlohmann::json& metadata);
  Fault take_fault(const httplib::Request& request);  // times == 0: none
  void drop_connection(const httplib::Request& request) const;
  void wait_for(std::chrono::milliseconds delay) const;  // or the end of the server

  struct Rest {  // of a list, behind a continue token
    std::int64_t version = 0;
    std::vector<nlohmann::json> objects;
  };

  FakeApiStore store_;
  FakeObjects config_maps_{"configmaps"};
  FakeObjects secrets_{"secrets"};
  FakeObjects events_{"events.events.k8s.io"};
  FakeObjects leases_{"leases.coordination.k8s.io"};
  FakeWatches watches_{store_};
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

  int port_ = 0;
  std::unique_ptr<httplib::Server> server_;
  std::jthread thread_;
};

}  // namespace tests
