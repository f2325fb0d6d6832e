#include "kube/api.h"

#include <fmt/format.h>

#include <utility>

#include "core/resource_codec.h"
#include "kube/config_map.h"
#include "kube/paths.h"

namespace kube {

Api::Api(Http& http, EventRecorder& events, std::stop_token stop,
         std::chrono::milliseconds deadline)
    : http_(http), events_(events), stop_(std::move(stop)), deadline_(deadline) {}

core::Result<core::OffsetReset> Api::write_status(const core::OffsetReset& resource) {
  Request request{.method = "PUT",
                  .path = status_path(resource.key),
                  .body = core::encode_status_update(resource).dump(
                      -1, ' ', false, nlohmann::json::error_handler_t::replace),
                  .deadline = deadline_};
  // Twice does no harm: the resourceVersion in it lets only the first one through.
  request.is_repeatable = !resource.resource_version.empty();
  const auto answer = http_.send(request, stop_);
  if (answer) return core::decode_offset_reset(*answer);
  return tl::unexpected(to_error(answer.error(), Purpose::WriteStatus,
                                 fmt::format("write status of {}", resource.key.to_string())));
}

core::Result<core::OffsetReset> Api::read_reset(const core::ObjectKey& key) {
  const auto answer = get(object_path(key));
  if (answer) return core::decode_offset_reset(*answer);
  if (is_absent(answer.error())) {
    return core::fail(
        core::Reason::InvalidSpec,
        fmt::format("there is no OffsetReset {} in namespace {}", key.name, key.namespace_name));
  }
  return tl::unexpected(
      to_error(answer.error(), Purpose::Read, fmt::format("read OffsetReset {}", key.to_string())));
}

core::Result<std::string> Api::read_config_map(const core::ObjectKey& config_map,
                                               const std::string& key) {
  const auto answer = get(config_map_path(config_map));
  if (answer) return text_in(*answer, config_map, key);
  return tl::unexpected(config_map_error(answer.error(), config_map, key));
}

core::Result<void> Api::delete_reset(const core::ObjectKey& key, const std::string& uid) {
  const nlohmann::json options{
      {"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"preconditions", {{"uid", uid}}}};
  const auto answer = http_.send(
      {.method = "DELETE", .path = object_path(key), .body = options.dump(), .deadline = deadline_},
      stop_);
  // 409: another one has the name by now, so ours is gone.
  if (answer || is_absent(answer.error()) || answer.error().code == 409) return {};
  return tl::unexpected(to_error(answer.error(), Purpose::Read,
                                 fmt::format("delete OffsetReset {}", key.to_string())));
}

void Api::record_event(const core::Event& event) { events_.record(telling_of(event)); }

Answer Api::get(std::string path) {
  return http_.send({.method = "GET", .path = std::move(path), .body = {}, .deadline = deadline_},
                    stop_);
}

core::Result<void> check_installed(Http& http, const std::string& namespace_name,
                                   const std::stop_token& stop) {
  const Request request{
      .method = "GET", .path = collection_path(namespace_name) + "?limit=1", .body = {}};
  const auto answer = http.send(request, stop);
  if (answer) return {};
  if (answer.error().code == 404) {
    return core::fail(core::Reason::KubernetesUnavailable, kNotInstalled);
  }
  return tl::unexpected(to_error(answer.error(), Purpose::Read,
                                 fmt::format("list {}.{}", core::kPlural, core::kApiGroup)));
}

}  // namespace kube
