#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "core/ports.h"
#include "kube/paths.h"
#include "kube/watch_decoder.h"

namespace kube {

// What a Watcher lists and watches.
struct Watched {
  std::string kind;            // "OffsetReset", for logs and metrics
  std::string plural;          // "offsetresets"
  std::string namespace_name;  // empty: all namespaces, or the cluster
  Collection collection;
};

// What is a kind's own in listing and watching it: where it is, how it is decoded, and who is told.
// A list is begun, collected object by object, and handed on as a whole; what changes while it
// comes as a stream is collected too. Used from one thread.
class Feed {
 public:
  explicit Feed(Watched watched) : watched_(std::move(watched)) {}
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed() = default;

  const Watched& watched() const { return watched_; }

  virtual void begin_list() = 0;
  virtual void collect(const WatchEvent& event) = 0;
  // How many there were in it. `is_other_history`: as Relisted has it.
  virtual std::size_t hand_on_list(bool is_other_history) = 0;
  virtual void hand_on(const WatchEvent& event) = 0;

 private:
  const Watched watched_;
};

// OffsetResets that are not closed. `namespace_name` empty: of all namespaces.
std::unique_ptr<Feed> reset_feed(const std::string& namespace_name, core::ChangeSink sink);

// Connections of a kind. ClusterKafkaConnections have no namespace.
std::unique_ptr<Feed> connection_feed(core::ConnectionKind kind, const std::string& namespace_name,
                                      core::ConnectionSink sink);

}  // namespace kube
