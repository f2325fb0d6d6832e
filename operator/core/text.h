#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The parts that sentences for people are made of.
namespace core {

// "1 partition", "2 partitions"
std::string counted(std::int64_t count, std::string_view noun);

// The first ten of them, and how many more.
std::string listed(const std::vector<std::string>& items);

}  // namespace core
