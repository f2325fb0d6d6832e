#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace tests {

// What came of each fault at each step, for people to read at the end of a run.
class FaultTable {
 public:
  struct Row {
    std::string fault;  // "F3"
    std::string what;   // went wrong
    std::string step;
    std::string outcome;
    std::vector<std::string> problems;
  };

  static FaultTable& of_this_run();

  void add(Row row);
  std::set<std::string> faults() const;
  bool is_empty() const;
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Row> rows_;
};

}  // namespace tests
