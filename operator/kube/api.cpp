#include "kube/api.h"

#include <fmt/format.h>

#include <utility>

#include "core/connection_codec.h"
#include "core/resource_codec.h"
#include "kube/connection_error.h"
#include "kube/holder.h"
#include "kube/paths.h"

namespace kube {
namespace {

core::Labels labels_of(const nlohmann::json& object) {
  static const nlohmann::json::json_pointer kLabels("/metadata/labels");
  core::Labels labels;
  if (!object.contains(kLabels)) return labels;
  for (const auto& [key, value] : object.at(kLabels).items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
  return labels;
}

}  // namespace

Api::Api(Http& http, EventRecorder& events, std::stop_token stop,
         std::chrono::milliseconds deadline)
    : http_(http), events_(events), stop_(std::move(stop)), deadline_(deadline) {}

core::Result<core::OffsetReset> Api::write_status(const core::OffsetReset& resource) {
  const auto answer =
      put_status(status_path(core::kPlural, resource.key), core::encode_status_update(resource));
  if (answer) return core::decode_offset_reset(*answer);
  return tl::unexpected(to_error(answer.error(), Purpose::WriteStatus,
                                 fmt::format("write status of {}", resource.key.to_string())));
}

core::Result<core::OffsetReset> Api::read_reset(const core::ObjectKey& key) {
  const auto answer = get(object_path(core::kPlural, key));
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
  return tl::unexpected(
      holder_error(answer.error(), {core::Holder::Kind::ConfigMap, config_map}, key));
}

core::Result<core::Texts> Api::read_texts(const core::Holder& holder) {
  const bool is_secret = holder.kind == core::Holder::Kind::Secret;
  const auto answer = get(is_secret ? secret_path(holder.key) : config_map_path(holder.key));
  if (answer) return texts_in(holder.kind, *answer);
  return tl::unexpected(holder_error(answer.error(), holder));
}

core::Result<core::KafkaConnection> Api::read_connection(const core::ConnectionId& id) {
  const auto answer = get(object_path(core::plural_of(id.kind), id.key));
  if (answer) return core::decode_connection(id.kind, *answer);
  return tl::unexpected(connection_error(answer.error(), id));
}

core::Result<core::Labels> Api::read_namespace_labels(const std::string& name) {
  const auto answer = get(namespace_path(name));
  if (answer) return labels_of(*answer);
  return tl::unexpected(namespace_error(answer.error(), name));
}

core::Result<core::KafkaConnection> Api::write_connection_status(
    const core::KafkaConnection& connection) {
  const core::ConnectionId& id = connection.id;
  const auto answer = put_status(status_path(core::plural_of(id.kind), id.key),
                                 core::encode_connection_status_update(connection));
  if (answer) return core::decode_connection(id.kind, *answer);
  return tl::unexpected(to_error(answer.error(), Purpose::WriteStatus,
                                 fmt::format("write status of {}", id.to_string())));
}

core::Result<void> Api::delete_reset(const core::ObjectKey& key, const std::string& uid) {
  const nlohmann::json options{
      {"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"preconditions", {{"uid", uid}}}};
  const auto answer = http_.send({.method = "DELETE",
                                  .path = object_path(core::kPlural, key),
                                  .body = options.dump(),
                                  .deadline = deadline_},
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

Answer Api::put_status(std::string path, const nlohmann::json& update) {
  // Twice does no harm: the resourceVersion in it lets only the first one through.
  const bool is_guarded =
      !update.at("metadata").at("resourceVersion").get_ref<const std::string&>().empty();
  return http_.send({.method = "PUT",
                     .path = std::move(path),
                     .body = update.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                     .deadline = deadline_,
                     .is_repeatable = is_guarded},
                    stop_);
}

core::Result<void> check_installed(Http& http, const std::string& namespace_name,
                                   const std::stop_token& stop) {
  const Request request{.method = "GET",
                        .path = collection_path(core::kPlural, namespace_name) + "?limit=1",
                        .body = {}};
  const auto answer = http.send(request, stop);
  if (answer) return {};
  if (answer.error().code == 404) {
    return core::fail(core::Reason::KubernetesUnavailable, not_installed(core::kPlural));
  }
  return tl::unexpected(to_error(answer.error(), Purpose::Read,
                                 fmt::format("list {}.{}", core::kPlural, core::kApiGroup)));
}

}  // namespace kube
