#include "kube/feed.h"

#include <variant>

#include "core/connection_codec.h"
#include "core/names.h"
#include "core/resource_codec.h"
#include "kube/changes.h"
#include "kube/listing.h"

namespace kube {
namespace {

constexpr const char* kOpenOnly = "status.closed!=true";

class ResetFeed : public Feed {
 public:
  ResetFeed(const std::string& namespace_name, core::ChangeSink sink)
      : Feed({.kind = core::kKindName,
              .plural = core::kPlural,
              .namespace_name = namespace_name,
              .collection = {collection_path(core::kPlural, namespace_name), kOpenOnly}}),
        sink_(std::move(sink)) {}

  void begin_list() override { listing_.clear(); }

  void collect(const WatchEvent& event) override {
    auto change = change_of(event);
    if (!change) return;
    if (auto* applied = std::get_if<core::Applied>(&*change)) {
      auto key = applied->resource.key;
      listing_.put(std::move(key), std::move(applied->resource));
    } else if (const auto* deleted = std::get_if<core::Deleted>(&*change)) {
      listing_.erase(deleted->key);
    }
  }

  std::size_t hand_on_list(bool is_other_history) override {
    auto resources = listing_.take();
    const std::size_t count = resources.size();
    sink_(core::Relisted{watched().namespace_name, std::move(resources), is_other_history});
    return count;
  }

  void hand_on(const WatchEvent& event) override {
    if (auto change = change_of(event)) sink_(*std::move(change));
  }

 private:
  const core::ChangeSink sink_;
  Listing<core::OffsetReset> listing_;
};

class ConnectionFeed : public Feed {
 public:
  ConnectionFeed(core::ConnectionKind kind, const std::string& namespace_name,
                 core::ConnectionSink sink)
      : Feed({.kind = std::string(core::name_of(kind)),
              .plural = std::string(core::plural_of(kind)),
              .namespace_name = namespace_name,
              .collection = {collection_path(core::plural_of(kind), namespace_name), {}}}),
        kind_(kind),
        sink_(std::move(sink)) {}

  void begin_list() override { listing_.clear(); }

  void collect(const WatchEvent& event) override {
    auto change = change_of(kind_, event);
    if (!change) return;
    if (auto* applied = std::get_if<core::ConnectionApplied>(&*change)) {
      auto key = applied->connection.id.key;
      listing_.put(std::move(key), std::move(applied->connection));
    } else if (const auto* deleted = std::get_if<core::ConnectionDeleted>(&*change)) {
      listing_.erase(deleted->id.key);
    }
  }

  // What is known of a connection is only ever replaced: other history or not, this is what counts.
  std::size_t hand_on_list(bool /*is_other_history*/) override {
    auto connections = listing_.take();
    const std::size_t count = connections.size();
    sink_(core::ConnectionsRelisted{kind_, watched().namespace_name, std::move(connections)});
    return count;
  }

  void hand_on(const WatchEvent& event) override {
    if (auto change = change_of(kind_, event)) sink_(*std::move(change));
  }

 private:
  const core::ConnectionKind kind_;
  const core::ConnectionSink sink_;
  Listing<core::KafkaConnection> listing_;
};

}  // namespace

std::unique_ptr<Feed> reset_feed(const std::string& namespace_name, core::ChangeSink sink) {
  return std::make_unique<ResetFeed>(namespace_name, std::move(sink));
}

std::unique_ptr<Feed> connection_feed(core::ConnectionKind kind, const std::string& namespace_name,
                                      core::ConnectionSink sink) {
  return std::make_unique<ConnectionFeed>(kind, namespace_name, std::move(sink));
}

}  // namespace kube
