#include "kube/errors.h"

#include <fmt/format.h>

namespace kube {
namespace {

constexpr std::size_t kForeignBodyShown = 200;

// A field of the wanted type, or the fallback: nothing that comes from outside may throw here.
template <typename T>
T field(const nlohmann::json& object, const char* name, T fallback) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || it == object.end()) return fallback;
  if constexpr (std::is_same_v<T, int>) return it->is_number_integer() ? it->get<int>() : fallback;
  if constexpr (std::is_same_v<T, std::string>) {
    return it->is_string() ? it->get<std::string>() : fallback;
  }
  if constexpr (std::is_same_v<T, nlohmann::json>) return *it;
}

bool has_cause(const nlohmann::json& details, std::string_view reason) {
  for (const auto& cause : field(details, "causes", nlohmann::json::array())) {
    if (field(cause, "reason", std::string()) == reason) return true;
  }
  return false;
}

core::Reason reason_of(const Failure& failure, Purpose purpose) {
  switch (failure.code) {
    case 409:
      return core::Reason::Conflict;
    case 404:
      return purpose == Purpose::WriteStatus ? core::Reason::Conflict
                                             : core::Reason::KubernetesUnavailable;
    case 0:    // no answer
    case 401:  // tokens are rotated, roles are mended
    case 403:
    case 408:
    case 410:
    case 429:
      return core::Reason::KubernetesUnavailable;
    default:
      return failure.code >= 400 && failure.code < 500 ? core::Reason::InternalError
                                                       : core::Reason::KubernetesUnavailable;
  }
}

}  // namespace

Failure failure_of(const nlohmann::json& status) {
  Failure failure;
  failure.code = field(status, "code", 0);
  failure.reason = field(status, "reason", std::string());
  failure.message = field(status, "message", std::string());
  const auto details = field(status, "details", nlohmann::json::object());
  if (const int seconds = field(details, "retryAfterSeconds", 0); seconds > 0) {
    failure.retry_after = std::chrono::seconds(seconds);
  }
  failure.is_version_too_large = has_cause(details, "ResourceVersionTooLarge");
  return failure;
}

Failure failure_of(int code, std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (field(json, "kind", std::string()) == "Status") {
    Failure failure = failure_of(json);
    failure.code = code;
    return failure;
  }
  return Failure{.code = code,
                 .reason = {},
                 .message = std::string(body.substr(0, kForeignBodyShown)),
                 .retry_after = {}};
}

bool is_absent(const Failure& failure) {
  return failure.code == 404 && failure.reason == "NotFound";
}

core::Error to_error(const Failure& failure, Purpose purpose, std::string_view doing) {
  const core::Reason reason = reason_of(failure, purpose);
  const std::string http = failure.code == 0 ? "" : fmt::format(" (HTTP {})", failure.code);
  const bool is_gone = failure.code == 404 && purpose == Purpose::WriteStatus;
  const std::string message = failure.message.empty() ? "no reason given" : failure.message;
  return {reason,
          fmt::format("{}: {}{}{}", doing, is_gone ? "the resource is gone: " : "", message, http)};
}

}  // namespace kube
