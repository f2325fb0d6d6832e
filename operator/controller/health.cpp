#include "controller/health.h"

namespace controller {

Reply probe(const std::vector<Check>& checks, bool verbose) {
  bool all_pass = true;
  std::string list;
  for (const Check& check : checks) {
    const bool passes = check.passes();
    all_pass = all_pass && passes;
    list += (passes ? "[+]" : "[-]") + check.name + (passes ? " ok\n" : " failed\n");
  }
  if (all_pass && !verbose) return {200, "ok"};
  return {all_pass ? 200 : 500, list + (all_pass ? "check passed\n" : "check failed\n")};
}

}  // namespace controller
