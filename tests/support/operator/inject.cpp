#include "support/operator/inject.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <thread>
#include <utility>

#include "support/operator/fault_table.h"

namespace tests {
namespace {

constexpr std::size_t kAtOnce = 6;

FaultTable::Row tell(const std::string& fault, const FaultCase& of, const Moment& at) {
  Story story;
  auto problems = story.run(of.plot, at, of.ending(at));
  return {fault, of.what, at.name, story.outcome(), std::move(problems)};
}

}  // namespace

// In several threads, as most of the time is waited for.
void inject(const std::string& fault, const std::vector<FaultCase>& cases) {
  const std::size_t count = moments().size();
  std::vector<FaultTable::Row> rows(cases.size() * count);
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      threads.emplace_back([&] {
        for (std::size_t n = next++; n < rows.size(); n = next++) {
          rows[n] = tell(fault, cases[n / count], moments()[n % count]);
        }
      });
    }
  }
  for (FaultTable::Row& row : rows) {
    CAPTURE(row.what);
    CAPTURE(row.step);
    CHECK_MESSAGE(row.problems.empty(), fmt::format("{}", fmt::join(row.problems, "; ")));
    FaultTable::of_this_run().add(std::move(row));
  }
}

FaultCase requests(std::string what, Fault fault) {
  return {std::move(what),
          {.fault = [fault = std::move(fault)](Story& story) { story.server().inject(fault); }}};
}

std::function<std::optional<core::Error>()> refuse(int times, core::Reason reason,
                                                   std::string message) {
  return [times, reason, message = std::move(message)]() mutable -> std::optional<core::Error> {
    if (times-- <= 0) return std::nullopt;
    return core::Error{reason, message};
  };
}

}  // namespace tests
