#pragma once

#include <functional>
#include <string>
#include <vector>

// What the probes answer, as plain functions; main binds them to an HTTP server.
namespace controller {

struct Check {
  std::string name;
  std::function<bool()> passes;
};

struct Reply {
  int status = 200;
  std::string body;
};

// 200 "ok" if all pass, else 500 and the list of all checks, which `verbose` gives in any case.
Reply probe(const std::vector<Check>& checks, bool verbose);

}  // namespace controller
