#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/offset_reset.h"

// What every object of the API server has.
namespace core {

// A value of an object; null where there is none.
const nlohmann::json& at(const nlohmann::json& object, const char* key);
// A string of an object; empty where there is none.
std::string text_at(const nlohmann::json& object, const char* key);

// metav1.ObjectMeta, of it what is needed. What is not there is empty.
struct ObjectMetadata {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
};
ObjectMetadata metadata_of(const nlohmann::json& object);

// For a write that is guarded by the resourceVersion.
nlohmann::json encode_metadata(const ObjectMetadata& metadata);

}  // namespace core
