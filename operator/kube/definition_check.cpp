#include "kube/definition_check.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "core/resource_codec.h"
#include "core/text.h"
#include "definitions.h"
#include "kube/definition_fields.h"
#include "kube/pause.h"

namespace kube {

DefinitionCheck::DefinitionCheck(Http& http, base::Metrics& metrics,
                                 std::chrono::milliseconds patience)
    : http_(http),
      patience_(patience),
      missing_(metrics
                   .gauge("offset_reset_definition_missing_fields",
                          "Fields that the installed resource definitions lack, as seen at start.")
                   .Add({})),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

core::Result<std::vector<std::string>> DefinitionCheck::look(const std::stop_token& stop) {
  const auto document = http_.send(
      {.method = "GET", .path = fmt::format("/openapi/v3/apis/{}", core::kApiVersion), .body = {}},
      stop);
  if (!document) {
    return tl::unexpected(to_error(document.error(), Purpose::Read, "read the OpenAPI document"));
  }
  std::vector<std::string> missing;
  for (const char* yaml : kDefinitions) {
    const auto ours = definition_in(yaml);
    if (!ours) return tl::unexpected(ours.error());
    for (auto& field : missing_fields(*ours, *document)) missing.push_back(std::move(field));
  }
  return missing;
}

void DefinitionCheck::run(const std::stop_token& stop) {
  auto missing = look(stop);
  if (missing && !missing->empty() && pause(patience_, stop)) missing = look(stop);
  if (stop.stop_requested()) return;
  if (!missing) {
    return base::log_info("resource definitions not compared",
                          {{"error", missing.error().message}});
  }
  missing_.Set(static_cast<double>(missing->size()));
  if (missing->empty()) return;
  base::log_warning(
      "the installed resource definitions are older than the operator: the API server "
      "drops fields that it does not know; apply the files in crds/",
      {{"fields", core::listed(*missing)}});
}

}  // namespace kube
