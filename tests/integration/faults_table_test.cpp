#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "support/operator/fault_table.h"

namespace tests {
namespace {

// Those that need a real server are in tests/e2e/support/faults.py.
const std::set<std::string> kFaults{"F1",  "F2",  "F3",  "F4",  "F5",  "F6",  "F9", "F10",
                                    "F11", "F12", "F14", "F15", "F17", "F18", "F19"};

// Doctest runs files in the order of their names.
TEST_CASE("every fault was injected, and this is what came of it") {
  const auto& table = FaultTable::of_this_run();
  if (table.is_empty()) return;  // nothing but this was asked for
  std::cout << table.text();
  if (const char* file = std::getenv("FAULT_TABLE")) std::ofstream(file) << table.text();
  CHECK(table.faults() == kFaults);
}

}  // namespace
}  // namespace tests
