#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace kube {

// What to start, without a shell.
struct Command {
  std::string program;  // with a slash the file, else looked for in PATH
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // on top of this process's own
};

struct Exited {
  int code = 0;
};
struct Killed {  // by somebody else than us
  int signal = 0;
};
struct NotStarted {
  int error = 0;  // errno
};
struct TimedOut {};
struct Stopped {};
struct OutputTooLarge {};
using ProcessEnd = std::variant<Exited, Killed, NotStarted, TimedOut, Stopped, OutputTooLarge>;

struct ProcessResult {
  ProcessEnd end;
  std::string output;
  std::string complaints;  // the last of what it wrote to standard error
};

inline constexpr std::size_t kOutputLimit = 1024 * 1024;
inline constexpr std::size_t kComplaintsLimit = 1000;

// Runs it to its end, with nothing to read. When the deadline is over, when `stop` is requested or
// when it writes too much, it is killed, with what it has started in its process group. Nothing of
// it stays: no descriptor, no zombie.
ProcessResult run_process(const Command& command, std::chrono::milliseconds deadline,
                          const std::stop_token& stop);

}  // namespace kube
