#pragma once

#include "core/next.h"

// The second half of core::next: from a saved plan to the end.
namespace core {

// A plan that an earlier pass saved: what of it is in Kafka?
Step recover(const Observed& seen);

// The plan that this pass saved.
Step apply(const Observed& seen);

}  // namespace core
