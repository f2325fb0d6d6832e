#pragma once

#include "core/next.h"
#include "core/selection.h"

// The first half of core::next.
namespace core {

// From a fresh resource to a saved plan, or to the end where there is nothing to commit.
Step begin(const Observed& seen);

// What the reset is about, once everything that the spec refers to has been read.
Result<Selection> selected(const Observed& seen);

}  // namespace core
