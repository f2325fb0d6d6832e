#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/ports.h"
#include "kube/micro_time.h"

// Events as the API group events.k8s.io/v1 has them.
namespace kube {

// The object that an event is about; the event is in its namespace.
struct Regarding {
  std::string api_version;
  std::string kind;
  std::string namespace_name;
  std::string name;
  std::string uid;
  bool operator==(const Regarding&) const = default;
};

// What is told of it.
struct Telling {
  Regarding regarding;
  core::Event::Type type = core::Event::Type::Normal;
  std::string reason;
  std::string action;  // what was being done
  std::string note;
  bool operator==(const Telling&) const = default;
};

Telling telling_of(const core::Event& event);

inline constexpr const char* kReportingController = "offsetreset.io/offset-reset-operator";

// The server's limit, in bytes. A longer text is cut before a character that does not fit.
inline constexpr std::size_t kNoteLimit = 1024;
std::string cut_note(std::string_view note);

// A name that no other event has, as long as `number` is drawn from all that there are.
std::string event_name(const Regarding& regarding, std::uint64_t number);

// `instance`: the pod that tells it.
nlohmann::json event_object(const Telling& telling, std::string_view name,
                            std::string_view instance, MicroTime now);

// The merge patch of an event that was told `count` times by now.
nlohmann::json series_patch(int count, MicroTime now);

}  // namespace kube
