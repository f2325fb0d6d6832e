#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "core/connection.h"
#include "core/reason.h"
#include "kafka/client.h"

namespace kafka {

// Warm clients, kept by their connection while they succeed, at most 16 of them. When a connection
// is taken by a name of which another value is known, the clients of the older one go. Destroying
// one joins the library's threads, which takes seconds where a name does not resolve: a thread of
// the pool does it. Thread-safe.
class ClientPool {
  struct Shelf;

 public:
  // A client for one use. Unless it is kept, it is discarded, and with it the idle clients of the
  // same connection: what they know of the cluster (coordinators, leaders) may be as stale.
  class Lease {
   public:
    Lease(std::shared_ptr<Shelf> shelf, core::Connection connection,
          std::unique_ptr<Client> client);
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Client& client() const { return *client_; }
    void keep();

   private:
    std::shared_ptr<Shelf> shelf_;
    core::Connection connection_;
    std::unique_ptr<Client> client_;
  };

  explicit ClientPool(std::chrono::milliseconds idle_for = std::chrono::seconds(30));
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;
  // Waits a few seconds for clients to be destroyed; what takes longer ends with the process.
  ~ClientPool();

  core::Result<Lease> take(const core::Connection& connection);
  std::size_t idle_clients() const;

 private:
  static void destroy_discarded(const std::shared_ptr<Shelf>& shelf);

  std::shared_ptr<Shelf> shelf_;
  std::jthread destroyer_;
};

}  // namespace kafka
