#include "core/destination.h"

#include <fmt/format.h>

#include "core/names.h"
#include "core/overloaded.h"
#include "core/rfc3339.h"

namespace core {

std::string describe(const Destination& destination) {
  return std::visit(
      Overloaded{
          [](const ToOffset& to) { return fmt::format("offset {}", to.offset); },
          [](const ToTimestamp& to) { return "timestamp " + format_rfc3339(to.timestamp); },
          [](const ToAgo& to) { return "ago " + to.text; },
          [](const ToPosition& to) { return fmt::format("position {}", name_of(to.position)); },
          [](const ToShift& to) { return fmt::format("shiftBy {:+}", to.by); },
          [](const ToGroup& to) { return "group " + to.group; },
          [](const ToUndo& to) { return "undo " + to.name; },
          [](const ToOffsets& to) {
            return fmt::format("offsets of {} partition{}", to.offsets.size(),
                               to.offsets.size() == 1 ? "" : "s");
          },
          [](const ToCsv& to) { return fmt::format("csvFrom {}/{}", to.config_map, to.key); },
      },
      destination);
}

bool names_its_partitions(const Destination& destination) {
  return std::holds_alternative<ToUndo>(destination) || std::holds_alternative<ToCsv>(destination);
}

}  // namespace core
