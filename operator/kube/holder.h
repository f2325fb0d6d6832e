#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/kafka_connection.h"
#include "kube/errors.h"

// What a Secret or ConfigMap holds. No value of it ever stands in an error.
namespace kube {

// Every text of the object as the server has it, decoded from base64 where that is used. A value
// that is no text, which the server never has, is left out.
core::Texts texts_in(core::Holder::Kind kind, const nlohmann::json& object);

// The text under `key` of a ConfigMap. The error, ConfigMapNotFound, says what is there instead.
core::Result<std::string> text_in(const nlohmann::json& config_map, const core::ObjectKey& name,
                                  const std::string& key);

// Why it could not be read: SecretNotFound or ConfigMapNotFound where somebody has to mend it, with
// what to do. `key`: the one that was wanted; empty: all.
core::Error holder_error(const Failure& failure, const core::Holder& holder,
                         std::string_view key = {});

}  // namespace kube
