#include "kafka/client_pool.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.h"

namespace kafka {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatienceAtEnd{3};
// Each has a thread and a socket for each broker that it knows, and one more.
constexpr std::size_t kMostIdle = 16;

}  // namespace

struct ClientPool::Shelf {
  struct Idle {
    core::Connection connection;
    std::unique_ptr<Client> client;
    steady_clock::time_point until;
  };
  using Clients = std::vector<std::unique_ptr<Client>>;

  explicit Shelf(std::chrono::milliseconds duration) : idle_for(duration) {}

  const std::chrono::milliseconds idle_for;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Idle> idle;  // the most recently used last
  Clients discarded;
  bool stopping = false;
  bool stopped = false;

  // The rest needs the mutex held.
  template <typename Predicate>
  void discard_idle(Predicate is_due) {
    const auto due = std::stable_partition(idle.begin(), idle.end(),
                                           [&](const Idle& entry) { return !is_due(entry); });
    for (auto entry = due; entry != idle.end(); ++entry) {
      discarded.push_back(std::move(entry->client));
    }
    idle.erase(due, idle.end());
  }

  // What has taken another value (a password, say) is of no use as it was.
  void discard_older(const core::Connection& connection) {
    discard_idle([&](const Idle& entry) {
      const bool is_other = !connection.name.empty() && entry.connection.name == connection.name &&
                            entry.connection != connection;
      return is_other || entry.client->is_outdated();
    });
    if (!discarded.empty()) changed.notify_all();
  }

  std::unique_ptr<Client> take_idle(const core::Connection& connection) {
    const auto found = std::find_if(idle.rbegin(), idle.rend(), [&](const Idle& entry) {
      return entry.connection == connection;
    });
    if (found == idle.rend()) return nullptr;
    auto client = std::move(found->client);
    idle.erase(std::next(found).base());
    return client;
  }

  Clients take_discarded() {
    const auto now = steady_clock::now();
    discard_idle([&](const Idle& entry) { return stopping || entry.until <= now; });
    return std::exchange(discarded, {});
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    if (idle.empty()) return changed.wait(lock);
    // A copy: wait_until looks at its argument again after waking, when the entry may be gone.
    const auto until = idle.front().until;
    changed.wait_until(lock, until);
  }
};

ClientPool::Lease::Lease(std::shared_ptr<Shelf> shelf, core::Connection connection,
                         std::unique_ptr<Client> client)
    : shelf_(std::move(shelf)), connection_(std::move(connection)), client_(std::move(client)) {}

ClientPool::Lease::~Lease() {
  if (!client_) return;
  const std::lock_guard lock(shelf_->mutex);
  shelf_->discarded.push_back(std::move(client_));
  shelf_->discard_idle(
      [this](const Shelf::Idle& entry) { return entry.connection == connection_; });
  shelf_->changed.notify_all();
}

void ClientPool::Lease::keep() {
  const std::lock_guard lock(shelf_->mutex);
  shelf_->idle.push_back({connection_, std::move(client_), steady_clock::now() + shelf_->idle_for});
  if (shelf_->idle.size() > kMostIdle) {
    shelf_->discarded.push_back(std::move(shelf_->idle.front().client));
    shelf_->idle.erase(shelf_->idle.begin());
  }
  shelf_->changed.notify_all();
}

ClientPool::ClientPool(std::chrono::milliseconds idle_for)
    : shelf_(std::make_shared<Shelf>(idle_for)),
      destroyer_([shelf = shelf_] { destroy_discarded(shelf); }) {}

ClientPool::~ClientPool() {
  std::unique_lock lock(shelf_->mutex);
  shelf_->stopping = true;
  shelf_->changed.notify_all();
  if (shelf_->changed.wait_for(lock, kPatienceAtEnd, [this] { return shelf_->stopped; })) return;
  base::log_warning("Kafka clients are still closing; they end with the process");
  destroyer_.detach();
}

core::Result<ClientPool::Lease> ClientPool::take(const core::Connection& connection) {
  {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->discard_older(connection);
    if (auto client = shelf_->take_idle(connection)) {
      return Lease(shelf_, connection, std::move(client));
    }
  }
  return Client::open(connection).map([&](std::unique_ptr<Client> client) {
    return Lease(shelf_, connection, std::move(client));
  });
}

std::size_t ClientPool::idle_clients() const {
  const std::lock_guard lock(shelf_->mutex);
  return shelf_->idle.size();
}

void ClientPool::destroy_discarded(const std::shared_ptr<Shelf>& shelf) {
  std::unique_lock lock(shelf->mutex);
  for (;;) {
    auto clients = shelf->take_discarded();
    if (!clients.empty()) {
      lock.unlock();
      clients.clear();
      lock.lock();
    } else if (shelf->stopping) {
      break;
    } else {
      shelf->wait(lock);
    }
  }
  shelf->stopped = true;
  shelf->changed.notify_all();
}

}  // namespace kafka
