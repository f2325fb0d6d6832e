#include "support/operator/fault_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace tests {
namespace {

// "F3" before "F12".
int number_of(const std::string& fault) { return std::stoi(fault.substr(1)); }

// The steps of these rows, in the order of time: "before Wait .. before SavePlan, after Finish".
std::string in_words(const std::vector<FaultTable::Row>& rows, const std::vector<std::size_t>& of) {
  if (of.size() == rows.size() && of.size() > 1)
    return fmt::format("each of {} moments", of.size());
  std::vector<std::string> parts;
  for (std::size_t begin = 0, end = 0; begin < of.size(); begin = end) {
    for (end = begin + 1; end < of.size() && of[end] == of[end - 1] + 1;) ++end;
    const std::string& first = rows[of[begin]].step;
    parts.push_back(end - begin == 1 ? first
                                     : fmt::format("{} .. {}", first, rows[of[end - 1]].step));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The lines of one fault: a line an outcome.
std::string lines_of(const std::vector<FaultTable::Row>& rows) {
  std::vector<std::pair<std::string, std::vector<std::size_t>>> outcomes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string outcome = (rows[i].problems.empty() ? "" : "WRONG: ") + rows[i].outcome;
    auto known =
        std::ranges::find(outcomes, outcome, [](const auto& found) { return found.first; });
    if (known == outcomes.end()) known = outcomes.insert(known, {outcome, {}});
    known->second.push_back(i);
  }
  std::string text;
  for (const auto& [outcome, of] : outcomes) {
    text += fmt::format("      {} -> {}\n", in_words(rows, of), outcome);
  }
  return text;
}

}  // namespace

FaultTable& FaultTable::of_this_run() {
  static FaultTable table;
  return table;
}

void FaultTable::add(Row row) {
  const std::lock_guard lock(mutex_);
  rows_.push_back(std::move(row));
}

std::set<std::string> FaultTable::faults() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> found;
  for (const Row& row : rows_) found.insert(row.fault);
  return found;
}

bool FaultTable::is_empty() const {
  const std::lock_guard lock(mutex_);
  return rows_.empty();
}

std::string FaultTable::text() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> faults;  // in the order in which they came
  std::map<std::pair<std::string, std::string>, std::vector<Row>> by_fault;
  std::map<std::string, int> problems{{"lost", 0}, {"repeated", 0}, {"false", 0}};
  for (const Row& row : rows_) {
    auto& rows = by_fault[{row.fault, row.what}];
    if (rows.empty()) faults.emplace_back(row.fault, row.what);
    rows.push_back(row);
    for (const auto& problem : row.problems) ++problems[problem.substr(0, problem.find(':'))];
  }
  std::ranges::stable_sort(faults, {}, [](const auto& fault) { return number_of(fault.first); });
  std::string text = "fault x step -> outcome: the whole operator, on a fake API server\n";
  for (const auto& fault : faults) {
    text += fmt::format("{:<4}{}\n{}", fault.first, fault.second, lines_of(by_fault[fault]));
  }
  return text + fmt::format("{} cases: {} lost, {} repeated, {} false\n", rows_.size(),
                            problems["lost"], problems["repeated"], problems["false"]);
}

}  // namespace tests
