#include "kube/event_object.h"

#include <fmt/format.h>

#include "core/resource_codec.h"
#include "kube/micro_time.h"

namespace kube {
namespace {

using nlohmann::json;

constexpr std::size_t kNameLimit = 253;  // of a DNS subdomain
constexpr std::size_t kInstanceLimit = 128;
constexpr std::string_view kEllipsis = "...";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string_view text(core::Event::Type type) {
  switch (type) {
    case core::Event::Type::Normal:
      return "Normal";
    case core::Event::Type::Warning:
      return "Warning";
  }
  return "";  // unreachable: every enumerator is above
}

}  // namespace

Telling telling_of(const core::Event& event) {
  return {{core::kApiVersion, core::kKindName, event.key.namespace_name, event.key.name, event.uid},
          event.type,
          event.reason,
          "ResetOffsets",
          event.note};
}

std::string cut_note(std::string_view note) {
  if (note.size() <= kNoteLimit) return std::string(note);
  std::size_t end = kNoteLimit - kEllipsis.size();
  while (end > 0 && is_continuation(note[end])) --end;
  return std::string(note.substr(0, end)) + std::string(kEllipsis);
}

std::string event_name(const Regarding& regarding, std::uint64_t number) {
  const std::string suffix = fmt::format(".{:016x}", number);
  std::string name = regarding.name.substr(0, kNameLimit - suffix.size());
  while (!name.empty() && !is_alphanumeric(name.back())) name.pop_back();  // before the dot
  return name + suffix;
}

json event_object(const Telling& telling, std::string_view name, std::string_view instance,
                  MicroTime now) {
  const Regarding& regarding = telling.regarding;
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          {"metadata", {{"name", name}, {"namespace", regarding.namespace_name}}},
          {"eventTime", format_micro_time(now)},
          {"reportingController", kReportingController},
          {"reportingInstance", instance.substr(0, kInstanceLimit)},
          {"action", telling.action},
          {"reason", telling.reason},
          {"type", text(telling.type)},
          {"note", cut_note(telling.note)},
          {"regarding",
           {{"apiVersion", regarding.api_version},
            {"kind", regarding.kind},
            {"namespace", regarding.namespace_name},
            {"name", regarding.name},
            {"uid", regarding.uid}}}};
}

json series_patch(int count, MicroTime now) {
  return {{"series", {{"count", count}, {"lastObservedTime", format_micro_time(now)}}}};
}

}  // namespace kube
