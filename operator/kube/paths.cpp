#include "kube/paths.h"

#include <fmt/format.h>

#include "core/resource_codec.h"

namespace kube {
namespace {

constexpr int kPageSize = 500;

// RFC 3986: all but its unreserved characters.
std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string selector(const Collection& collection, const WatchState& state) {
  const bool is_asked = state.with_selector && !collection.selector.empty();
  return is_asked ? "&fieldSelector=" + encoded(collection.selector) : "";
}

// With a limit, a version other than "0" alone would mean exactly that one (the API's concept
// "resource versions", legacy of 1.19): NotOlderThan has to be said. A continue token has its own.
std::string version(const WatchState& state) {
  if (!state.continue_token.empty()) return "&continue=" + encoded(state.continue_token);
  if (state.resource_version.empty()) return "";
  const std::string at_least = "&resourceVersion=" + encoded(state.resource_version);
  return state.resource_version == "0" ? at_least : at_least + "&resourceVersionMatch=NotOlderThan";
}

}  // namespace

std::string collection_path(std::string_view plural, std::string_view namespace_name) {
  const std::string scope =
      namespace_name.empty() ? "" : fmt::format("/namespaces/{}", encoded(namespace_name));
  return fmt::format("/apis/{}{}/{}", core::kApiVersion, scope, plural);
}

std::string object_path(std::string_view plural, const core::ObjectKey& key) {
  return fmt::format("{}/{}", collection_path(plural, key.namespace_name), encoded(key.name));
}

std::string status_path(std::string_view plural, const core::ObjectKey& key) {
  return object_path(plural, key) + "/status";
}

std::string config_map_path(const core::ObjectKey& key) {
  return fmt::format("{}/configmaps/{}", namespace_path(key.namespace_name), encoded(key.name));
}

std::string secret_path(const core::ObjectKey& key) {
  return fmt::format("{}/secrets/{}", namespace_path(key.namespace_name), encoded(key.name));
}

std::string namespace_path(std::string_view name) {
  return fmt::format("/api/v1/namespaces/{}", encoded(name));
}

std::string events_path(std::string_view namespace_name) {
  return fmt::format("/apis/events.k8s.io/v1/namespaces/{}/events", encoded(namespace_name));
}

std::string leases_path(std::string_view namespace_name) {
  return fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", encoded(namespace_name));
}

std::string lease_path(std::string_view namespace_name, std::string_view name) {
  return fmt::format("{}/{}", leases_path(namespace_name), encoded(name));
}

std::string list_path(const Collection& collection, const WatchState& state) {
  return fmt::format("{}?limit={}{}{}", collection.path, kPageSize, selector(collection, state),
                     version(state));
}

std::string watch_path(const Collection& collection, const WatchState& state,
                       std::chrono::seconds timeout) {
  const bool is_list = state.phase == WatchState::Phase::Stream;
  return fmt::format(
      "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}{}{}",
      collection.path, timeout.count(), encoded(state.resource_version),
      is_list ? "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan" : "",
      selector(collection, state));
}

}  // namespace kube
