#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/csv.h"
#include "fuzz/fuzz.h"

// What is read can be written and is read again as the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rows = core::parse_csv(fuzz::text(data, size), "orders-consumer");
  if (!rows) return 0;
  std::string written;
  for (const auto& row : *rows) {
    written += fmt::format("{},{},{}\n", row.topic, row.partition, row.offset);
  }
  fuzz::hold(core::parse_csv(written, "any group").value() == *rows);
  fuzz::hold(std::adjacent_find(rows->begin(), rows->end(), [](const auto& a, const auto& b) {
               return std::tie(a.topic, a.partition) >= std::tie(b.topic, b.partition);
             }) == rows->end());
  return 0;
}
