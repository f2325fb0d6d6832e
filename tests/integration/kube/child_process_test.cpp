#include "kube/child_process.h"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/eventually.h"
#include "support/folder.h"

namespace tests {
namespace {

using namespace std::chrono_literals;

// A program of these lines.
kube::Command script(const Folder& folder, const std::string& lines) {
  const auto file = folder.write("program", "#!/bin/sh\n" + lines);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return {.program = file.string(), .arguments = {}, .environment = {}};
}

kube::ProcessResult run(const kube::Command& command, std::chrono::milliseconds deadline = 20s) {
  return kube::run_process(command, deadline, {});
}

template <typename End>
bool is(const kube::ProcessResult& result) {
  return std::holds_alternative<End>(result.end);
}

int exit_code(const kube::ProcessResult& result) {
  REQUIRE(is<kube::Exited>(result));
  return std::get<kube::Exited>(result.end).code;
}

bool has_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST_CASE("a program gets its arguments as they are, and its environment on top of ours") {
  const Folder folder;
  kube::Command command =
      script(folder, "printf '<%s>' \"$@\" \"$HOME\" \"$ADDED\"\necho why >&2\nexit 3\n");
  command.arguments = {"a b", "$(touch x)", "", "*"};
  command.environment = {{"ADDED", "1"}, {"HOME", "/elsewhere"}};
  const auto result = run(command);
  CHECK(exit_code(result) == 3);
  CHECK(result.output == "<a b><$(touch x)><><*></elsewhere><1>");
  CHECK(result.complaints == "why\n");
}

TEST_CASE("a program without a slash is looked for in PATH") {
  const auto result = run({.program = "echo", .arguments = {"found"}, .environment = {}});
  CHECK(result.output == "found\n");
}

TEST_CASE("a program that is not there, or is none, is not started, and no shell tries it") {
  const Folder folder;
  const auto start_error = [](const std::string& program) {
    const auto result = run({.program = program, .arguments = {}, .environment = {}});
    REQUIRE(is<kube::NotStarted>(result));
    return std::get<kube::NotStarted>(result.end).error;
  };
  CHECK(start_error("no-such-program-anywhere") == ENOENT);
  CHECK(start_error((folder / "missing").string()) == ENOENT);
  const auto text = folder.write("text", "echo it was a shell\n");
  CHECK(start_error(text.string()) == EACCES);
  std::filesystem::permissions(text, std::filesystem::perms::owner_all);
  CHECK(start_error(text.string()) == ENOEXEC);
}

TEST_CASE("a program has nothing to read, none of our descriptors, and signals as usual") {
  const Folder folder;
  // As in the operator: inherited, the program could not be ended by SIGTERM, and would not be by
  // SIGPIPE.
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  const auto result = run(script(folder,
                                 "cat\n"
                                 "ls /proc/self/fd | tr '\\n' ' '\n"
                                 "grep ^SigBlk /proc/self/status\n"
                                 "grep ^SigIgn /proc/self/status | tail -c 8\n"));
  std::signal(SIGPIPE, handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(exit_code(result) == 0);
  // 3 is the folder that ls reads. Of signals that are ignored the first 28 count: glibc (2.36) has
  // posix_spawn ignore two of its own, 32 and 33.
  CHECK(result.output == "0 1 2 3 SigBlk:\t0000000000000000\n0000000\n");
}

TEST_CASE("a program that was killed says by what") {
  const Folder folder;
  const auto result = run(script(folder, "kill -SEGV $$\n"));
  REQUIRE(is<kube::Killed>(result));
  CHECK(std::get<kube::Killed>(result.end).signal == SIGSEGV);
}

TEST_CASE("a program that does not end is killed at the deadline, with what it has started") {
  const Folder folder;
  const auto pid_file = folder / "pid";
  const auto begun = std::chrono::steady_clock::now();
  const auto result = run(
      script(folder, "sleep 600 & echo $! > " + pid_file.string() + "\necho waiting >&2\nwait\n"),
      500ms);
  CHECK(is<kube::TimedOut>(result));
  CHECK(result.complaints == "waiting\n");
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  pid_t grandchild = 0;
  std::ifstream(pid_file) >> grandchild;
  REQUIRE(grandchild > 0);
  // Gone, or a zombie that is not ours to reap.
  eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string skipped;
    std::string state;
    return !(stat >> skipped >> skipped >> state) || state == "Z";
  });
}

TEST_CASE("a program that never stops talking is killed at the deadline, or for too much") {
  const Folder folder;
  const auto complaining = run(script(folder, "while :; do echo no >&2; done\n"), 300ms);
  CHECK(is<kube::TimedOut>(complaining));
  CHECK(complaining.complaints.size() <= kube::kComplaintsLimit);
  CHECK(is<kube::OutputTooLarge>(run(script(folder, "exec yes\n"))));
}

TEST_CASE("of complaints the last are kept") {
  const Folder folder;
  const auto result = run(script(folder, "yes | head -c 60000 >&2; echo the end >&2\n"));
  CHECK(result.complaints.size() == kube::kComplaintsLimit);
  CHECK(result.complaints.ends_with("the end\n"));
}

TEST_CASE("a program is over when it ends, even if it leaves something that holds its pipes") {
  const Folder folder;
  const auto begun = std::chrono::steady_clock::now();
  const auto result = run(script(folder, "sleep 5 &\necho here\n"));
  CHECK(exit_code(result) == 0);
  CHECK(result.output == "here\n");
  CHECK(std::chrono::steady_clock::now() - begun < 4s);
}

TEST_CASE("a program is killed at once when it is told to stop") {
  const Folder folder;
  const auto started = folder / "started";
  std::stop_source stop;
  std::jthread stopper([&] {
    eventually([&] { return std::filesystem::exists(started); });
    stop.request_stop();
  });
  const auto result = kube::run_process(
      script(folder, "touch " + started.string() + "\nexec sleep 600\n"), 60s, stop.get_token());
  CHECK(is<kube::Stopped>(result));
}

TEST_CASE("neither zombies nor descriptors stay, however programs end") {
  const Folder folder;
  const auto before = open_descriptors();
  for (int i = 0; i < 5; ++i) {
    run(script(folder, "echo fine\n"));
    run(script(folder, "exit 1\n"));
    run(script(folder, "exec sleep 600\n"), 20ms);
    run({.program = "no-such-program-anywhere", .arguments = {}, .environment = {}});
  }
  CHECK_FALSE(has_child());
  CHECK(open_descriptors() == before);
}

}  // namespace
}  // namespace tests
