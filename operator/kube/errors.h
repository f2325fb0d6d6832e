#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/reason.h"

namespace kube {

// A request that did not succeed, as HTTP and the server's metav1.Status tell it.
struct Failure {
  int code = 0;         // HTTP's; 0: no complete answer came
  std::string reason;   // Status.reason, as "Conflict"; may be empty
  std::string message;  // Status.message, or what was seen of the connection
  std::optional<std::chrono::seconds> retry_after;
  bool is_version_too_large = false;  // a resourceVersion that the server has not reached

  bool operator==(const Failure&) const = default;
};

// From an answer's code and body, which need not be a Status: a proxy may have answered.
Failure failure_of(int code, std::string_view body);

// From a Status object, as an ERROR event of a watch carries it.
Failure failure_of(const nlohmann::json& status);

// The server knows the kind of resource, and has no object of that name. (Of a kind that is not
// installed it says 404 too, but with no Status.)
bool is_absent(const Failure& failure);

enum class Purpose : unsigned char { Read, WriteStatus };

// What it means for the work. `doing` begins the message: "write status of default/a: ...".
core::Error to_error(const Failure& failure, Purpose purpose, std::string_view doing);

}  // namespace kube
