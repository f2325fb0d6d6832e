#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "fuzz/fuzz.h"

// Runs a fuzz target over the files of a folder, and over so many deterministic mutations of each.
// FUZZ_SEED is another seed than 1.
namespace {

constexpr int kMutations = 300;
using Random = std::mt19937;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::size_t up_to(Random& random, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

void mutate(std::string& input, Random& random) {
  const auto at = up_to(random, input.size());
  switch (up_to(random, 3)) {
    case 0:
      input.insert(at, 1, static_cast<char>(up_to(random, 255)));
      break;
    case 1:
      input.erase(at, up_to(random, 8));
      break;
    case 2:
      if (at < input.size()) input[at] = static_cast<char>(up_to(random, 255));
      break;
    default:
      input.insert(at, input.substr(up_to(random, input.size()), up_to(random, 16)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s <folder of inputs>\n", argv[0]);
    return 2;
  }
  const char* seed = std::getenv("FUZZ_SEED");  // NOLINT(concurrency-mt-unsafe): one thread
  Random random(seed == nullptr ? 1U : static_cast<unsigned>(std::atol(seed)));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream stream(entry.path(), std::ios::binary);
    std::string input{std::istreambuf_iterator<char>(stream), {}};
    run(input);
    for (int i = 0; i < kMutations; ++i) {
      mutate(input, random);
      run(input);
    }
    ++files;
  }
  std::printf("%d inputs, %d mutations each\n", files, kMutations);
  return files > 0 ? 0 : 1;
}
