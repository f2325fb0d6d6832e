#include "support/fake_watches.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <thread>
#include <utility>

#include "support/server_socket.h"

namespace tests {
namespace {

using nlohmann::json;
using What = WatchFault::What;

constexpr std::chrono::milliseconds kTick{20};      // how soon a watch sees faults and its end
constexpr std::chrono::seconds kBookmarkBefore{2};  // the end of a watch
constexpr std::chrono::microseconds kByte{200};     // from byte to byte of a slow line

std::string expired_line(std::int64_t version) {
  const json status =
      api_status(410, "Expired", fmt::format("too old resource version: {}", version));
  return json{{"type", "ERROR"}, {"object", status}}.dump() + "\n";
}

// An object that enters the selection is ADDED, one that leaves it is DELETED: as it was before,
// but with the version of the change.
std::optional<json> event_of(const StoredChange& change, const std::string& namespace_name,
                             bool open_only) {
  const auto is_selected = [&](const json& object) {
    return !object.is_null() && (!open_only || is_open(object));
  };
  const json& any = change.after.is_null() ? change.before : change.after;
  if (!namespace_name.empty() && any["metadata"]["namespace"] != namespace_name) return {};
  const bool was = is_selected(change.before);
  const bool is = is_selected(change.after);
  if (!was && !is) return std::nullopt;
  if (is) return json{{"type", was ? "MODIFIED" : "ADDED"}, {"object", change.after}};
  json object = change.before;
  object["metadata"]["resourceVersion"] = std::to_string(change.version);
  return json{{"type", "DELETED"}, {"object", std::move(object)}};
}

bool write(httplib::DataSink& sink, std::string_view bytes) {
  return sink.write(bytes.data(), bytes.size());
}

bool write_slowly(httplib::DataSink& sink, std::string_view bytes) {
  return std::ranges::all_of(bytes, [&](const char& byte) {
    std::this_thread::sleep_for(kByte);
    return write(sink, {&byte, 1});
  });
}

}  // namespace

json FakeWatches::bookmark(std::int64_t version) const {
  return {{"type", "BOOKMARK"},
          {"object",
           {{"kind", kind_},
            {"apiVersion", "offsetreset.io/v1alpha1"},
            {"metadata", {{"resourceVersion", std::to_string(version)}}}}}};
}

json FakeWatches::end_of_list(std::int64_t version) const {
  json event = bookmark(version);
  event["object"]["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  return event;
}

bool is_open(const json& object) {
  return !object.is_null() && !object.value("status", json::object()).value("closed", false);
}

void FakeWatches::inject(WatchFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(fault);
}

void FakeWatches::heal() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  refuses_lists_ = false;
}

void FakeWatches::refuse_lists(bool refuse) {
  const std::lock_guard lock(mutex_);
  refuses_lists_ = refuse;
}

void FakeWatches::send(std::string bytes) {
  const std::lock_guard lock(mutex_);
  sent_.push_back(std::move(bytes));
}

std::optional<What> FakeWatches::take_fault(bool at_beginning) {
  const std::lock_guard lock(mutex_);
  for (WatchFault& fault : faults_) {
    if (fault.times == 0 || fault.at_beginning != at_beginning) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    --fault.times;
    return fault.what;
  }
  return std::nullopt;
}

struct FakeWatches::Watch {
  std::string namespace_name;
  bool open_only = false;
  bool with_bookmark = false;
  int server_port = 0;
  int client_port = 0;
  std::deque<json> list = {};          // what is still to be told before the changes
  std::vector<std::string> told = {};  // all lines that were sent
  std::int64_t begin = 0;              // the version it was asked to begin after
  std::int64_t after = 0;              // the version it has got to
  std::size_t sent = 0;                // of sent_
  int cuts = 0;                        // that it has survived
  int ends = 0;
  bool has_begun = false;
  bool is_mute = false;
  bool is_over = false;
  std::chrono::steady_clock::time_point end = {};
};

std::optional<json> FakeWatches::refusal(const httplib::Request& request) const {
  const bool is_list = request.get_param_value("sendInitialEvents") == "true";
  const std::string match = request.get_param_value("resourceVersionMatch");
  const std::lock_guard lock(mutex_);
  std::string why;
  if (is_list && refuses_lists_) {
    why = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
  } else if (is_list && match != "NotOlderThan") {
    why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
  } else if (!is_list && !match.empty()) {
    why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
  }
  if (why.empty()) return std::nullopt;
  return api_status(
      422, "Invalid",
      "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: " + why);
}

void FakeWatches::serve(const httplib::Request& request, httplib::Response& response,
                        const std::string& namespace_name, int port) {
  if (const auto refused = refusal(request)) {
    response.status = 422;
    return response.set_content(refused->dump(), "application/json");
  }
  Watch watch{.namespace_name = namespace_name,
              .open_only = request.has_param("fieldSelector"),
              .with_bookmark = request.get_param_value("allowWatchBookmarks") == "true",
              .server_port = port,
              .client_port = request.remote_port,
              .cuts = cuts_,
              .ends = ends_};
  watch.begin = std::atoll(request.get_param_value("resourceVersion").c_str());
  watch.after = watch.begin;
  const bool is_list = request.get_param_value("sendInitialEvents") == "true";
  const auto listed = store_.list(namespace_name);
  if (is_list && watch.begin > listed.version) {
    watch.list.push_back({{"type", "ERROR"}, {"object", version_too_large()}});
  } else if (is_list || watch.begin == 0) {
    for (const json& object : listed.objects) {
      if (watch.open_only && !is_open(object)) continue;
      watch.list.push_back({{"type", "ADDED"}, {"object", object}});
    }
    if (is_list && watch.with_bookmark) watch.list.push_back(end_of_list(listed.version));
    watch.begin = watch.after = listed.version;
  }
  const int seconds = std::max(1, std::atoi(request.get_param_value("timeoutSeconds").c_str()));
  watch.end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  {
    const std::lock_guard lock(mutex_);
    watch.sent = sent_.size();
  }
  ++open_;
  response.set_chunked_content_provider(
      "application/json",
      [this, watch](std::size_t, httplib::DataSink& sink) mutable { return pump(watch, sink); },
      [this](bool) { --open_; });
}

// One turn of a watch; false breaks its connection.
bool FakeWatches::pump(Watch& watch, httplib::DataSink& sink) {
  if (is_stopping_ || watch.cuts != cuts_) return false;
  if (watch.is_mute) {
    std::this_thread::sleep_for(kTick);
    return sink.is_writable();
  }
  const auto left = watch.end - std::chrono::steady_clock::now();
  if (watch.is_over || watch.ends != ends_ || left <= std::chrono::seconds(0)) {
    return sink.done(), true;
  }
  if (!std::exchange(watch.has_begun, true)) {
    const auto fault = take_fault(true);
    return !fault || strike(*fault, watch, sink, "");
  }
  if (!pass_on(watch, sink)) return false;
  if (!watch.list.empty()) {
    const json event = std::move(watch.list.front());
    watch.list.pop_front();
    watch.is_over = event.at("type") == "ERROR";
    return tell(watch, sink, event);
  }
  const auto changes = store_.changes_after(watch.after, kTick);
  if (!changes) {
    watch.is_over = true;
    return write(sink, expired_line(watch.after));
  }
  for (const StoredChange& change : *changes) {
    watch.after = change.version;
    const auto event = event_of(change, watch.namespace_name, watch.open_only);
    if (event && !tell(watch, sink, *event)) return false;
    if (watch.is_mute || watch.is_over) return true;
  }
  // Only when there is a newer version to tell, as the real one.
  if (!watch.with_bookmark || left > kBookmarkBefore || watch.after <= watch.begin) return true;
  watch.with_bookmark = false;
  return tell(watch, sink, bookmark(watch.after));
}

bool FakeWatches::pass_on(Watch& watch, httplib::DataSink& sink) {
  const std::lock_guard lock(mutex_);
  for (; watch.sent < sent_.size(); ++watch.sent) {
    if (!write(sink, sent_[watch.sent])) return false;
  }
  return true;
}

bool FakeWatches::tell(Watch& watch, httplib::DataSink& sink, const json& event) {
  const std::string line = event.dump() + "\n";
  if (const auto fault = take_fault(false)) return strike(*fault, watch, sink, line);
  watch.told.push_back(line);
  const bool is_told = write(sink, line);
  ++told_;
  return is_told;
}

// False breaks the connection, as everywhere here.
bool FakeWatches::strike(What what, Watch& watch, httplib::DataSink& sink,
                         const std::string& line) {
  switch (what) {
    case What::HalfLine:
      write(sink, std::string_view(line).substr(0, line.size() / 2));
      return false;
    case What::Garbage:
      return write(sink, "<html>no event</html>\n");
    case What::Swallow:
      swallow_everything(socket_between(watch.server_port, watch.client_port));
      return watch.is_mute = true;
    case What::Silence:
      return watch.is_mute = true;
    case What::Duplicate:
      watch.told.push_back(line);
      return write(sink, line) && std::ranges::all_of(watch.told, [&](const std::string& again) {
               return write(sink, again);
             });
    case What::Drop:
      return true;
    case What::SlowBytes:
      watch.told.push_back(line);
      return write_slowly(sink, line);
    case What::Expired:
      watch.is_over = true;
      return write(sink, expired_line(watch.after));
    case What::Cut:
      return false;
    case What::End:
      return watch.is_over = true;
  }
  return false;  // unreachable: every enumerator is above
}

}  // namespace tests
