#include "signpost/system_calls.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "config/load.h"

namespace signpost {
namespace {

/// What is refused stays so for the life of a process, and so each test has one of its own: the
/// status says which step was not as it should be.
void demand(bool holds, int step) {
  if (!holds) _exit(step);
}

bool is_refused(long result, int error = EPERM) { return result == -1 && errno == error; }

void try_what_is_never_needed() {
  demand(is_refused(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)), 10);
  demand(is_refused(unshare(0)), 11);
  demand(is_refused(syscall(SYS_keyctl, 0, 0, 0, 0, 0)), 12);
  demand(is_refused(syscall(SYS_bpf, 0, nullptr, 0)), 13);
  demand(is_refused(syscall(SYS_io_uring_setup, 1, nullptr)), 14);
  demand(is_refused(syscall(SYS_mount, "", "", "", 0, nullptr)), 15);
  demand(is_refused(syscall(SYS_clone3, nullptr, 0), ENOSYS), 16);
}

void begin_a_thread() {
  bool ran = false;
  std::thread([&ran] { ran = true; }).join();
  demand(ran, 20);
}

TEST(SystemCalls, AreRefusedWithNewPrograms) {
  EXPECT_EXIT(
      {
        demand(refuse_system_calls(Programs::Refused).has_value(), 1);
        try_what_is_never_needed();
        begin_a_thread();
        demand(is_refused(fork()), 2);
        demand(is_refused(execl("/bin/true", "true", nullptr)), 3);
        _exit(0);
      },
      testing::ExitedWithCode(0),
      "");
}

TEST(SystemCalls, AreRefusedOnceForAllThatAreStarted) {
  EXPECT_EXIT(
      {
        demand(refuse_system_calls(Programs::Allowed).has_value(), 1);
        try_what_is_never_needed();
        begin_a_thread();
        demand(std::system("/bin/true") == 0, 2);
        demand(std::system("unshare --user /bin/true 2>/dev/null") != 0, 3);
        // As the next process of a hand-over does: there is a filter, and no second one is made.
        demand(refuse_system_calls(Programs::Refused).has_value(), 4);
        demand(std::system("/bin/true") == 0, 5);
        _exit(0);
      },
      testing::ExitedWithCode(0),
      "");
}

TEST(SystemCalls, OfProgramsAreNeededByCommandsAndForTheNextProcess) {
  config::Settings settings = config::defaults();
  EXPECT_EQ(needs_programs(settings), "");
  settings.probe.named["redis"].kind = config::CheckKind::Command;
  EXPECT_EQ(needs_programs(settings), "a command of probe.named");
  settings.process.handover_path = "/run/signpost";
  EXPECT_EQ(needs_programs(settings), "process.handover_path");
}

}  // namespace
}  // namespace signpost
