#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tests {

// A metav1.Status with that code; what the fake refuses with.
nlohmann::json api_status(int code, const std::string& reason, const std::string& message);

// 504, of a resourceVersion that the server has not reached.
nlohmann::json version_too_large();

// What a write did, in the order of resourceVersions.
struct StoredChange {
  std::int64_t version = 0;
  nlohmann::json before;  // null: it is new
  nlohmann::json after;   // null: it was deleted
};

// The objects of one custom resource with a status subresource, under optimistic locking, as an API
// server keeps them. Thread-safe. Errors are metav1.Status objects.
class FakeApiStore {
 public:
  using Stored = tl::expected<nlohmann::json, nlohmann::json>;

  // `resource`: as messages name it, "offsetresets.offsetreset.io".
  explicit FakeApiStore(std::string resource) : resource_(std::move(resource)) {}

  Stored create(nlohmann::json object);
  Stored find(const std::string& namespace_name, const std::string& name) const;
  // Checks resourceVersion and uid, where they are given. `replace` takes everything but the status
  // and counts the generation up when the spec has changed; `replace_status` takes the status only.
  Stored replace(const nlohmann::json& object);
  Stored replace_status(const nlohmann::json& object);
  // If it has that uid; empty: whichever it has.
  Stored remove(const std::string& namespace_name, const std::string& name,
                const std::string& uid = {});

  struct Listed {
    std::int64_t version = 0;
    std::vector<nlohmann::json> objects;  // by namespace and name
  };
  Listed list(const std::string& namespace_name) const;  // empty: of all namespaces

  // Waits up to `patience` for changes after that version. Nothing: the version has been forgotten.
  std::optional<std::vector<StoredChange>> changes_after(std::int64_t version,
                                                         std::chrono::milliseconds patience) const;
  std::int64_t version() const;

  // As compaction does: versions before the present one are gone.
  void forget_history();

  // Every change there ever was, for tests to look back on.
  std::vector<StoredChange> all_changes() const;

  // Called with each status that is about to be stored: an older definition drops what it does not
  // know.
  void prune_statuses(std::function<void(nlohmann::json&)> prune);

 private:
  using Key = std::pair<std::string, std::string>;
  Stored put(const Key& key, nlohmann::json object);
  void record(StoredChange change);
  nlohmann::json not_found(const std::string& name) const;
  std::optional<nlohmann::json> conflict(const nlohmann::json& stored,
                                         const nlohmann::json& given) const;

  const std::string resource_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<Key, nlohmann::json> objects_;
  std::deque<StoredChange> history_;
  std::vector<StoredChange> all_changes_;
  std::function<void(nlohmann::json&)> prune_;
  std::int64_t version_ = 1000;
  std::int64_t forgotten_ = 999;  // changes up to this one are not in history_ any more
  int created_ = 0;
};

}  // namespace tests
