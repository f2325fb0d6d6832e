#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_api_store.h"

namespace httplib {
class DataSink;
struct Request;
struct Response;
}  // namespace httplib

namespace tests {

// What goes wrong with a line of a watch, be it an event or a bookmark, or with its beginning.
struct WatchFault {
  enum class What : unsigned char {
    HalfLine,   // half of it, and the connection breaks
    Garbage,    // what is no event, instead of it
    Silence,    // it, and whatever comes after it, is not sent, nor does the watch ever end
    Swallow,    // as Silence, and nothing is acknowledged either: the connection is half-open
    Duplicate,  // it, and then again all that this watch has brought
    Drop,       // it is left out
    SlowBytes,  // it comes byte by byte
    Expired,    // an ERROR event of 410 instead of it
    Cut,        // the connection breaks before it
    End,        // the server ends the watch before it
  };

  What what = What::Cut;
  int times = 1;
  std::size_t after = 0;      // lines, of all watches, that go well before
  bool at_beginning = false;  // of a watch, before anything is sent, and not at a line
};

// Whether a resource would be selected by status.closed!=true.
bool is_open(const nlohmann::json& object);

// The watches of a custom resource, with a list before them or without. Thread-safe.
class FakeWatches {
 public:
  FakeWatches(std::string kind, const FakeApiStore& store)
      : kind_(std::move(kind)), store_(store) {}

  void serve(const httplib::Request& request, httplib::Response& response,
             const std::string& namespace_name, int port);

  void inject(WatchFault fault);
  void heal();                     // forgets the faults and the state below
  void refuse_lists(bool refuse);  // as a server before 1.32: 422
  void cut() { ++cuts_; }
  void end() { ++ends_; }
  void send(std::string bytes);
  void stop() { is_stopping_ = true; }
  std::size_t open() const { return open_; }
  std::size_t told() const { return told_; }  // lines, of all watches

 private:
  struct Watch;
  bool pump(Watch& watch, httplib::DataSink& sink);
  bool pass_on(Watch& watch, httplib::DataSink& sink);
  bool tell(Watch& watch, httplib::DataSink& sink, const nlohmann::json& event);
  bool strike(WatchFault::What what, Watch& watch, httplib::DataSink& sink,
              const std::string& line);
  std::optional<nlohmann::json> refusal(const httplib::Request& request) const;
  std::optional<WatchFault::What> take_fault(bool at_beginning);

  nlohmann::json bookmark(std::int64_t version) const;
  nlohmann::json end_of_list(std::int64_t version) const;

  const std::string kind_;
  const FakeApiStore& store_;
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::size_t> told_ = 0;
  std::atomic<int> cuts_ = 0;
  std::atomic<int> ends_ = 0;
  std::atomic<bool> is_stopping_ = false;

  mutable std::mutex mutex_;
  std::vector<WatchFault> faults_;
  std::vector<std::string> sent_;
  bool refuses_lists_ = false;
};

}  // namespace tests
