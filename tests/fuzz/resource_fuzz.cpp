#include <nlohmann/json.hpp>

#include "core/resource_codec.h"
#include "core/spec_codec.h"
#include "core/status_codec.h"
#include "fuzz/fuzz.h"

// A resource is decoded or refused; what was decoded survives being written and read again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = nlohmann::json::parse(data, data + size, nullptr, false);
  if (object.is_discarded()) return 0;
  const auto resource = core::decode_offset_reset(object);
  if (!resource) return 0;
  if (resource->spec) {
    fuzz::hold(core::decode_spec(core::encode_spec(*resource->spec)).value() == *resource->spec);
  }
  const auto written = core::encode_status(resource->status);
  const auto again = core::decode_status(written);
  fuzz::hold(again && core::encode_status(*again) == written);
  return 0;
}
