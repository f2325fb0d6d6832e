#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "core/ports.h"
#include "kube/http.h"
#include "kube/watcher.h"
#include "support/fake_api_server.h"
#include "support/kube/mirror.h"
#include "support/kube/objects.h"

namespace tests {

// Pauses are short here; watches are as long as the server takes.
inline constexpr kube::WatchTiming kQuick{.first_pause = std::chrono::milliseconds(5),
                                          .longest_pause = std::chrono::milliseconds(50),
                                          .shortest_watch = std::chrono::seconds(30),
                                          .longest_watch = std::chrono::seconds(60)};
// As short as the API takes them: so what depends on the end of a watch comes soon.
inline constexpr kube::WatchTiming kShortWatches{.first_pause = std::chrono::milliseconds(5),
                                                 .longest_pause = std::chrono::milliseconds(50),
                                                 .shortest_watch = std::chrono::seconds(1),
                                                 .longest_watch = std::chrono::seconds(2),
                                                 .grace = std::chrono::milliseconds(100),
                                                 .list_deadline = std::chrono::milliseconds(500)};

// A fake API server and a watcher of it, whose changes go to a sink of the test's.
class WatchedServer {
 public:
  FakeApiServer server;
  base::Metrics metrics;

  void start(core::ChangeSink sink, const kube::WatchTiming& timing = kQuick,
             const std::string& namespace_name = "");
  void start(core::ConnectionKind kind, core::ConnectionSink sink,
             const kube::WatchTiming& timing = kQuick, const std::string& namespace_name = "");
  void stop() { watcher_.reset(); }
  bool has_synced() const { return watcher_->has_synced(); }

  // In namespace shop, unless another one is given.
  void create(const std::string& name, const std::string& namespace_name = "shop");
  void touch(const std::string& name);  // writes its status
  void close(const std::string& name);
  void remove(const std::string& name);
  void create(const core::ConnectionId& id);

  // What a mirror should know.
  Mirror::State open() const;
  // The last request whose target has that in it; empty: there was none.
  std::string last_request(std::string_view target_part) const;

 private:
  kube::Http http_{*kube::config_without_credentials(server.url()), metrics};
  std::unique_ptr<kube::Watcher> watcher_;
};

}  // namespace tests
