#pragma once

#include <vector>

#include "core/offset_reset.h"
#include "core/ports.h"

namespace core {

// What a written status tells beyond the one before: nothing while its reason stays, or says no
// more than that the work goes on.
std::vector<Event> events_of(const OffsetReset& before, const OffsetReset& after);

}  // namespace core
