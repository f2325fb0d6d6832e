#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/ports.h"

namespace controller {

// Looks at the groups that resets wait for: all of one cluster with one request a tick, however
// many there are, and says when there is news of one. A thread a connection, so that one whose
// brokers don't answer keeps no other waiting; it asks more and more seldom while they don't, and
// ends when nobody has waited for a while. Thread-safe.
class GroupWatch {
 public:
  using Seen = core::Result<core::GroupSnapshot>;
  // Called from the watch's threads.
  using News = std::function<void(const core::ObjectKey&)>;
  struct Timing {
    std::chrono::milliseconds tick{1'000};
    std::chrono::milliseconds longest_pause{30'000};  // between looks at a cluster that is away
    std::chrono::milliseconds idle{30'000};           // a thread that nobody needs ends then
  };

  GroupWatch(core::Kafka& kafka, News news, Timing timing);
  GroupWatch(const GroupWatch&) = delete;
  GroupWatch& operator=(const GroupWatch&) = delete;
  ~GroupWatch() { stop(); }

  // Watches the group for this resource, until it is forgotten. The first look is news, and each
  // one after it that differs from the last. To watch a group again that was seen without members
  // makes the next look news: somebody has found it active in between.
  void watch(const core::ObjectKey& key, const core::Connection& connection,
             const std::string& group);
  // Somebody has found Kafka away meanwhile: that the group is active, by a look that began before,
  // is not believed any more, and the next look is news.
  void doubt(const core::ObjectKey& key);
  void forget(const core::ObjectKey& key);
  // The last look at the group for this resource; none: there was none yet, or it is not watched.
  std::optional<Seen> last_seen(const core::ObjectKey& key, const std::string& group) const;
  // For whom it watches.
  std::vector<core::ObjectKey> keys() const;

  // How many threads there are.
  std::size_t threads() const;

  // Ends all threads; a request that is under way is waited for.
  void stop();

 private:
  struct Waiting {
    std::string group;
    std::uint64_t first_look = 0;  // that counts
    std::optional<Seen> seen;
  };
  struct Cluster {
    std::map<core::ObjectKey, Waiting> waiting;
    std::uint64_t looks = 0;  // that have begun
    bool has_ended = false;   // the thread
    std::jthread thread;
  };

  void run(const std::stop_token& stop, const core::Connection& connection, Cluster& cluster);
  Cluster& cluster_of(const core::Connection& connection);  // with mutex_ held
  static std::vector<std::string> groups_of(const Cluster& cluster);
  static std::vector<core::ObjectKey> take(Cluster& cluster, std::uint64_t look,
                                           const core::GroupSnapshots& found);

  core::Kafka& kafka_;
  const News news_;
  const Timing timing_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_stopped_ = false;
  std::map<core::Connection, std::unique_ptr<Cluster>> clusters_;
  std::map<core::ObjectKey, Cluster*> where_;
};

}  // namespace controller
