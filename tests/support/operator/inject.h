#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/operator/story.h"

namespace tests {

// How every reset has to end, unless a fault says otherwise.
inline Ending reset_once() { return {{"OffsetsReset"}, 1, {{0, 10}, {1, 10}}}; }
inline Ending nothing_but(std::set<std::string> reasons) {
  return {std::move(reasons), 0, {{0, 90}, {1, 80}}};
}

inline bool is_before(const Moment& at, std::string_view other) {
  return at.number < moment(other).number;
}

// One way in which a fault shows.
struct FaultCase {
  std::string what;
  Story::Plot plot;
  std::function<Ending(const Moment&)> ending = [](const Moment&) { return reset_once(); };
};

// Tells a story for each case and each moment, checks how it ends, and adds it to the table.
void inject(const std::string& fault, const std::vector<FaultCase>& cases);

// The next requests to the API server go wrong like that.
FaultCase requests(std::string what, Fault fault);

// Kafka refuses so many calls, for World's faults.
std::function<std::optional<core::Error>()> refuse(int times, core::Reason reason,
                                                   std::string message);

}  // namespace tests
