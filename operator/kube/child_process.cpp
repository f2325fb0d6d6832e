#include "kube/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "kube/descriptor.h"

namespace kube {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Descriptor ours;
  Descriptor theirs;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // of our end only
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// What posix_spawn is to do in the child before the program is there.
class Preparation {
 public:
  Preparation(int output, int complaints) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, complaints, STDERR_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    // What this process blocks and ignores would be inherited: SIGTERM and SIGPIPE.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);  // a group of its own
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Each name once: getenv takes the first of two.
std::vector<std::string> whole_environment(std::map<std::string, std::string> added) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) added.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> entries;
  entries.reserve(added.size());
  for (const auto& [name, value] : added) entries.push_back(fmt::format("{}={}", name, value));
  return entries;
}

// As exec takes them; `texts` must live longer.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Spawned {
  pid_t pid = -1;
  int error = 0;
};

// posix_spawnp (glibc 2.36) hands a file that is no program to no shell, other than execvp.
Spawned spawn(const Command& command, const Preparation& preparation) {
  std::vector<std::string> arguments{command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = whole_environment(command.environment);
  Spawned spawned;
  spawned.error = ::posix_spawnp(&spawned.pid, command.program.c_str(), preparation.actions(),
                                 preparation.attributes(), pointers_to(arguments).data(),
                                 pointers_to(environment).data());
  return spawned;
}

ProcessEnd reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return Killed{WTERMSIG(status)};
  return Exited{WEXITSTATUS(status)};
}

// Takes what is there, and closes the pipe at its end. At most what a pipe holds, so that who
// writes for ever keeps nobody here.
void drain(Descriptor& pipe, std::string& text) {
  constexpr std::size_t kPipeSize = 64 * 1024;
  std::array<char, 4096> bytes;
  for (std::size_t taken = 0; pipe.number() >= 0 && taken < kPipeSize;) {
    const auto size = ::read(pipe.number(), bytes.data(), bytes.size());
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return pipe.close();
    text.append(bytes.data(), static_cast<std::size_t>(size));
    taken += static_cast<std::size_t>(size);
  }
}

void keep_last(std::string& text, std::size_t size) {
  if (text.size() > size) text.erase(0, text.size() - size);
}

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

// By hand: <sys/pidfd.h> (glibc 2.36) does not say extern "C".
Descriptor watch_exit(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// A program that runs.
struct Child {
  pid_t pid;
  Descriptor exit;
  Descriptor output;
  Descriptor complaints;
};

// Why it is to be killed; none: it has ended by itself.
std::optional<ProcessEnd> follow(Child& child, Clock::time_point end, const Descriptor& stopped,
                                 ProcessResult& result) {
  while (true) {
    std::array<pollfd, 4> watched{
        pollfd{child.exit.number(), POLLIN, 0}, pollfd{stopped.number(), POLLIN, 0},
        pollfd{child.output.number(), POLLIN, 0}, pollfd{child.complaints.number(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(), milliseconds_until(end));
    drain(child.output, result.output);
    drain(child.complaints, result.complaints);
    keep_last(result.complaints, kComplaintsLimit);
    if (result.output.size() > kOutputLimit) return OutputTooLarge{};
    if (watched[0].revents != 0) return std::nullopt;
    if (watched[1].revents != 0) return Stopped{};
    if (Clock::now() >= end) return TimedOut{};
  }
}

// Its end, also where it has to be brought about.
ProcessEnd conclude(const Child& child, const std::optional<ProcessEnd>& to_be_killed) {
  if (to_be_killed) ::kill(-child.pid, SIGKILL);
  const ProcessEnd seen = reap(child.pid);
  return to_be_killed.value_or(seen);
}

}  // namespace

ProcessResult run_process(const Command& command, std::chrono::milliseconds deadline,
                          const std::stop_token& stop) {
  const auto end = Clock::now() + deadline;
  Pipe output = make_pipe();
  Pipe complaints = make_pipe();
  const Descriptor stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (output.ours.number() < 0 || complaints.ours.number() < 0 || stopped.number() < 0) {
    return {NotStarted{errno}, {}, {}};
  }
  const Preparation preparation(output.theirs.number(), complaints.theirs.number());
  const Spawned spawned = spawn(command, preparation);
  if (spawned.error != 0) return {NotStarted{spawned.error}, {}, {}};
  // Else the pipes would have no end.
  output.theirs.close();
  complaints.theirs.close();

  Child child{spawned.pid, watch_exit(spawned.pid), std::move(output.ours),
              std::move(complaints.ours)};
  // Without it (before Linux 5.3) the program's end would not be noticed.
  const int no_descriptor = child.exit.number() < 0 ? errno : 0;
  const std::stop_callback tell(stop, [&] { ::eventfd_write(stopped.number(), 1); });
  ProcessResult result;
  const auto to_be_killed = no_descriptor == 0 ? follow(child, end, stopped, result)
                                               : ProcessEnd(NotStarted{no_descriptor});
  result.end = conclude(child, to_be_killed);
  return result;
}

}  // namespace kube
