#include "minimarathon/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/minimarathon/pidfd.h"
#include "tests/minimarathon/temp_dir.h"

namespace minimarathon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class RunnerTest : public testing::Test {
 protected:
  Launch shell(const std::string& id, const std::string& script) {
    return {.task_id = id, .argv = {"/bin/sh", "-c", script}, .env = {}, .sandbox = sandbox(id)};
  }
  std::string sandbox(const std::string& id) const { return dir_.path() + "/" + id; }
  std::string out(const std::string& id) const { return read_file(sandbox(id) + "/stdout"); }

  pid_t start(const Launch& launch) {
    const auto pid = runner_->start(launch);
    EXPECT_TRUE(pid) << pid.error().message;
    return pid.value_or(-1);
  }

  /// Runs the loop until as many exits as asked for have come.
  void await_exits(std::size_t count) {
    io_.restart();
    while (exits_.size() < count && io_.run_one() > 0) {
    }
    ASSERT_EQ(exits_.size(), count);
  }

  TempDir dir_;
  std::vector<Exit> exits_;
  boost::asio::io_context io_;
  std::optional<Runner> runner_{
      std::in_place, io_, [this](const Exit& exit) { exits_.push_back(exit); }};
};

TEST_F(RunnerTest, TellsSuccess) {
  start(shell("a", "exit 0"));
  await_exits(1);
  EXPECT_TRUE(exits_[0].success);
  EXPECT_EQ(exits_[0].task_id, "a");
  EXPECT_EQ(exits_[0].message, "Command exited with status 0");
  EXPECT_EQ(runner_->running(), 0U);
}

TEST_F(RunnerTest, TellsFailureAndSignalInMesosWords) {
  start(shell("a", "exit 7"));
  await_exits(1);
  start(shell("b", "kill -KILL $$"));
  await_exits(2);
  EXPECT_EQ(exits_[0].message, "Command exited with status 7");
  EXPECT_FALSE(exits_[0].success);
  EXPECT_EQ(exits_[1].message, "Command terminated with signal Killed");
  EXPECT_FALSE(exits_[1].success);
}

TEST_F(RunnerTest, GivesSandboxEnvironmentAndOutputFiles) {
  Launch launch = shell("a", "pwd; echo $GREETING; echo $PATH; cat; echo wrong >&2");
  launch.env = {{"GREETING", "hello"}, {"PATH", "/bin:/usr/bin"}};
  start(launch);
  await_exits(1);
  EXPECT_EQ(out("a"), sandbox("a") + "\nhello\n/bin:/usr/bin\n");
  EXPECT_EQ(read_file(sandbox("a") + "/stderr"), "wrong\n");
}

TEST_F(RunnerTest, PassesNothingElseOfOurEnvironment) {
  ::setenv("SIGNPOST_TEST_SECRET", "1", 1);
  start(shell("a", "env"));
  await_exits(1);
  ::unsetenv("SIGNPOST_TEST_SECRET");
  EXPECT_THAT(out("a"), HasSubstr("PATH="));
  EXPECT_THAT(out("a"), Not(HasSubstr("SIGNPOST_TEST_SECRET")));
}

TEST_F(RunnerTest, FindsProgramsOnThePathOfTheTask) {
  const std::string folder = dir_.path() + "/bin";
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/greet") << "#!/bin/sh\necho found\n";
  std::filesystem::permissions(folder + "/greet", std::filesystem::perms::owner_all);
  start({.task_id = "a",
         .argv = {"greet"},
         .env = {{"PATH", "/nonexistent:" + folder}},
         .sandbox = sandbox("a")});
  await_exits(1);
  EXPECT_EQ(out("a"), "found\n");
}

TEST_F(RunnerTest, SaysWhyACommandCannotBeExecuted) {
  const auto missing =
      runner_->start({.task_id = "a", .argv = {"foo"}, .env = {}, .sandbox = sandbox("a")});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot execute 'foo': No such file or directory");
  const auto folder =
      runner_->start({.task_id = "a", .argv = {"/etc"}, .env = {}, .sandbox = sandbox("a")});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot execute '/etc': Permission denied");
  EXPECT_EQ(runner_->running(), 0U);
}

TEST_F(RunnerTest, RefusesWhatTheKernelWouldCutShort) {
  Launch launch = shell("a", "true");
  launch.env = {{"NAME", std::string("be\0fore", 7)}};
  const auto refused = runner_->start(launch);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("NAME=be"));
  EXPECT_FALSE(runner_->start({.task_id = "b", .argv = {}, .env = {}, .sandbox = sandbox("b")}));
}

TEST_F(RunnerTest, SaysWhenTheSandboxCannotBeMade) {
  const auto refused = runner_->start(
      {.task_id = "a", .argv = {"true"}, .env = {}, .sandbox = "/proc/self/status/sandbox"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, StartsWith("cannot make the sandbox"));
}

TEST_F(RunnerTest, RefusesATaskThatRunsAlready) {
  start(shell("a", "sleep 600"));
  const auto again = runner_->start(shell("a", "true"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, common::ErrorCode::Conflict);
}

TEST_F(RunnerTest, LeaksNoDescriptors) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // Without O_CLOEXEC, as a careless library might.
  start(shell("a", "ls /proc/self/fd | wc -l"));
  await_exits(1);
  EXPECT_EQ(out("a"), "4\n");  // 0, 1, 2 and the folder that ls reads.
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(RunnerTest, ResetsIgnoredAndBlockedSignals) {
  struct sigaction before {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  sigset_t blocked;
  sigset_t mask_before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);
  start(shell("a", "grep -E '^Sig(Blk|Ign)' /proc/self/status"));
  ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  ::sigaction(SIGPIPE, &before, nullptr);
  await_exits(1);
  EXPECT_EQ(out("a"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(RunnerTest, KillIsPoliteFirst) {
  const Fifo ready(dir_.path() + "/ready");
  start(shell("a",
              "trap 'echo bye; exit 3' TERM; echo > " + ready.path() +
                  "; while :; do sleep 600 & wait; done"));
  ready.read_line();
  runner_->kill("a", hours(1));
  await_exits(1);
  EXPECT_EQ(exits_[0].message, "Command exited with status 3");
  EXPECT_EQ(out("a"), "bye\n");
}

TEST_F(RunnerTest, KillInsistsAfterTheGracePeriod) {
  const Fifo ready(dir_.path() + "/ready");
  start(shell(
      "a", "trap 'echo no' TERM; echo > " + ready.path() + "; while :; do sleep 600 & wait; done"));
  ready.read_line();
  runner_->kill("a", milliseconds(20));
  await_exits(1);
  EXPECT_EQ(exits_[0].message, "Command terminated with signal Killed");
}

TEST_F(RunnerTest, ASecondKillOnlyHastens) {
  const Fifo ready(dir_.path() + "/ready");
  start(
      shell("a", "trap '' TERM; echo > " + ready.path() + "; while :; do sleep 600 & wait; done"));
  ready.read_line();
  runner_->kill("a", hours(1));
  runner_->kill("a", milliseconds(1));
  runner_->kill("a", hours(2));
  await_exits(1);
  EXPECT_EQ(exits_[0].message, "Command terminated with signal Killed");
}

TEST_F(RunnerTest, KillOfAnUnknownTaskIsIgnored) {
  runner_->kill("nobody", milliseconds(0));
  EXPECT_EQ(runner_->running(), 0U);
}

TEST_F(RunnerTest, WhatTheLeaderLeavesBehindIsKilled) {
  const Fifo grandchild(dir_.path() + "/grandchild");
  const Fifo go(dir_.path() + "/go");
  start(shell("a",
              "(trap '' TERM; exec sleep 600) & echo $! > " + grandchild.path() + "; read line < " +
                  go.path()));
  const Pidfd left_behind(std::stoi(grandchild.read_line()));
  ASSERT_TRUE(left_behind.exists());
  go.write_line();
  await_exits(1);
  EXPECT_TRUE(left_behind.await_end());
}

TEST_F(RunnerTest, DestructorKillsWholeGroups) {
  const Fifo grandchild(dir_.path() + "/grandchild");
  const pid_t child = start(shell(
      "a",
      "trap '' TERM; (trap '' TERM; exec sleep 600) & echo $! > " + grandchild.path() + "; wait"));
  const Pidfd left_behind(std::stoi(grandchild.read_line()));
  ASSERT_TRUE(left_behind.exists());
  runner_.reset();
  EXPECT_FALSE(Pidfd(child).exists()) << "the child was not reaped";
  EXPECT_TRUE(left_behind.await_end());
  EXPECT_TRUE(exits_.empty());
  io_.run();  // Handlers that were under way must not touch the dead.
}

TEST_F(RunnerTest, TasksDieWithTheThreadThatStartedThem) {
  const Fifo ready(dir_.path() + "/ready");
  std::optional<Pidfd> child;
  std::thread([&] {
    child.emplace(start(shell("a", "trap '' TERM; echo > " + ready.path() + "; exec sleep 600")));
    ready.read_line();
  }).join();
  ASSERT_TRUE(child);
  EXPECT_TRUE(child->await_end());
}

TEST_F(RunnerTest, HundredsAtOnce) {
  constexpr std::size_t kTasks = 300;
  for (std::size_t i = 0; i < kTasks; ++i) {
    start({.task_id = std::to_string(i),
           .argv = i % 3 == 0 ? std::vector<std::string>{"sleep", "600"}
                              : std::vector<std::string>{i % 3 == 1 ? "true" : "false"},
           .env = {},
           .sandbox = sandbox("shared")});
  }
  EXPECT_EQ(runner_->running(), kTasks);
  for (std::size_t i = 0; i < kTasks; i += 3) runner_->kill(std::to_string(i), hours(1));
  await_exits(kTasks);
  const auto count = [&](std::string_view message) {
    return std::count_if(
        exits_.begin(), exits_.end(), [&](const Exit& exit) { return exit.message == message; });
  };
  EXPECT_EQ(count("Command exited with status 0"), 100);
  EXPECT_EQ(count("Command exited with status 1"), 100);
  EXPECT_EQ(count("Command terminated with signal Terminated"), 100);
}

TEST_F(RunnerTest, AnEndedTaskMayStartAgainFromItsExit) {
  int starts = 0;
  Runner again(io_, [&](const Exit&) {
    if (++starts == 3) return;
    EXPECT_TRUE(again.start(shell("a", "exit 1")));
  });
  ASSERT_TRUE(again.start(shell("a", "exit 1")));
  while (starts < 3 && io_.run_one() > 0) {
  }
  EXPECT_EQ(starts, 3);
  EXPECT_EQ(again.running(), 0U);
}

}  // namespace
}  // namespace minimarathon
