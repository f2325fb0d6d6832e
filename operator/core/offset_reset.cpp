#include "core/offset_reset.h"

#include <fmt/format.h>

#include "core/names.h"
#include "core/rfc3339.h"

namespace core {
namespace {

struct Describe {
  std::string operator()(const ToOffset& to) const { return fmt::format("offset {}", to.offset); }
  std::string operator()(const ToTimestamp& to) const {
    return "timestamp " + format_rfc3339(to.timestamp);
  }
  std::string operator()(const ToPosition& to) const {
    return fmt::format("position {}", name_of(to.position));
  }
};

}  // namespace

std::string describe(const Destination& destination) { return std::visit(Describe{}, destination); }

}  // namespace core
