#include "minimarathon/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace minimarathon {
namespace {

using common::Expected;
using common::UniqueFd;

// Everything the child needs, made before the fork: after it, a process with threads may make
// system calls and nothing else (fork(2), signal-safety(7)).
struct ChildPlan {
  const char* program;
  const char* directory;
  char* const* argv;
  char* const* env;
  int stdin_fd;
  int stdout_fd;
  int stderr_fd;
  int report_fd;  // Takes one ChildFailure; closed by a successful exec.
  pid_t parent;
};

enum class Step { EnterDirectory, Execute };

struct ChildFailure {
  Step step;
  int error_number;
};

[[noreturn]] void give_up(const ChildPlan& plan, Step step) {
  const ChildFailure failure{step, errno};
  // A pipe takes so few bytes whole; and if the parent is gone nobody wants to know.
  [[maybe_unused]] const auto written = ::write(plan.report_fd, &failure, sizeof failure);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// At once: what this process closes meanwhile would stay open here, and a client see no end.
void close_all_but(int kept) {
  const auto close_range = [](auto first, auto last) {
    ::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0U);
  };
  if (kept > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, kept - 1);
  close_range(kept + 1, UINT_MAX);
}

[[noreturn]] void run_child(const ChildPlan& plan) {
  ::dup2(plan.stdin_fd, STDIN_FILENO);
  ::dup2(plan.stdout_fd, STDOUT_FILENO);
  ::dup2(plan.stderr_fd, STDERR_FILENO);
  close_all_but(plan.report_fd);
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);  // It died before prctl() could take effect.
  reset_signals();
  if (::chdir(plan.directory) != 0) give_up(plan, Step::EnterDirectory);
  ::execve(plan.program, plan.argv, plan.env);
  give_up(plan, Step::Execute);
}

/// Moves a descriptor out of the way of 0, 1 and 2, which may be free in a daemon.
UniqueFd above_stdio(UniqueFd fd) {
  if (!fd || fd.get() > STDERR_FILENO) return fd;
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

Expected<UniqueFd> open_file(const std::string& path, int flags) {
  UniqueFd fd = above_stdio(UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0644)));
  if (!fd) return common::fail_errno("cannot open '" + path + "'", errno);
  return fd;
}

Expected<UniqueFd> open_output(const std::string& path) {
  return open_file(path.empty() ? "/dev/null" : path, O_WRONLY | O_APPEND | O_CREAT);
}

struct Stdio {
  UniqueFd input;
  UniqueFd output;
  UniqueFd errors;
};

Expected<Stdio> open_stdio(const Command& command) {
  auto input = open_file("/dev/null", O_RDONLY);
  if (!input) return tl::unexpected(input.error());
  auto output = open_output(command.stdout_file);
  if (!output) return tl::unexpected(output.error());
  auto errors = open_output(command.stderr_file);
  if (!errors) return tl::unexpected(errors.error());
  return Stdio{std::move(*input), std::move(*output), std::move(*errors)};
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Expected<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return common::fail_errno("cannot make a pipe", errno);
  return Pipe{above_stdio(UniqueFd(ends[0])), above_stdio(UniqueFd(ends[1]))};
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

/// The file that execvp(3) would run; `name` itself when there is none, for the kernel to refuse.
std::string find_program(const std::string& name, std::string_view search_path) {
  if (name.find('/') != std::string::npos) return name;
  while (!search_path.empty()) {
    const std::string_view folder = search_path.substr(0, search_path.find(':'));
    search_path.remove_prefix(std::min(folder.size() + 1, search_path.size()));
    std::string candidate = std::string(folder) + '/' + name;
    if (!folder.empty() && is_executable_file(candidate)) return candidate;
  }
  return name;
}

/// Pointers into `strings`, ended by a null, as execve(2) takes them.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Refuses what execve(2) would silently cut short.
Expected<void> check(const std::vector<std::string>& argv, const std::vector<std::string>& env) {
  if (argv.empty() || argv[0].empty()) {
    return common::fail(common::ErrorCode::InvalidInput, "there is no command to execute");
  }
  for (const auto* strings : {&argv, &env}) {
    for (const std::string& text : *strings) {
      if (text.find('\0') == std::string::npos) continue;
      return common::fail(
          common::ErrorCode::InvalidInput,
          "a NUL follows '" + std::string(text.c_str()) + "' in the arguments or the environment");
    }
  }
  return {};
}

/// Forks with all signals blocked, so that no handler of ours ever runs in the child.
pid_t fork_child(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) run_child(plan);
  const int error_number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error_number;
  return pid;
}

/// Blocks until the child executes (the pipe closes) or says why it cannot.
Expected<void> await_exec(const UniqueFd& report, const Command& command) {
  ChildFailure failure{};
  ssize_t got = 0;
  do {
    got = ::read(report.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof failure) return {};
  if (failure.step == Step::EnterDirectory) {
    return common::fail_errno("cannot enter '" + command.directory + "'", failure.error_number);
  }
  return common::fail_errno("cannot execute '" + command.argv[0] + "'", failure.error_number);
}

std::vector<std::string> joined(const std::map<std::string, std::string>& env) {
  std::vector<std::string> lines;
  lines.reserve(env.size());
  for (const auto& [name, value] : env)
    lines.push_back(std::string(name).append(1, '=').append(value));
  return lines;
}

std::string path_of(const std::map<std::string, std::string>& env) {
  const auto found = env.find("PATH");
  return found == env.end() ? "" : found->second;
}

}  // namespace

Expected<Process> Process::start(const Command& command) {
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env = joined(command.env);
  if (auto fit = check(argv, env); !fit) return tl::unexpected(fit.error());
  const auto stdio = open_stdio(command);
  if (!stdio) return tl::unexpected(stdio.error());
  auto report = make_pipe();
  if (!report) return tl::unexpected(report.error());

  const std::string program = find_program(argv[0], path_of(command.env));
  const auto argv_pointers = pointers_to(argv);
  const auto env_pointers = pointers_to(env);
  const pid_t pid = fork_child({.program = program.c_str(),
                                .directory = command.directory.c_str(),
                                .argv = argv_pointers.data(),
                                .env = env_pointers.data(),
                                .stdin_fd = stdio->input.get(),
                                .stdout_fd = stdio->output.get(),
                                .stderr_fd = stdio->errors.get(),
                                .report_fd = report->write_end.get(),
                                .parent = ::getpid()});
  if (pid < 0) return common::fail_errno("cannot make a process", errno);
  report->write_end.reset();

  Process process(pid, UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))));
  if (!process.pidfd_) return common::fail_errno("cannot watch a process", errno);
  if (auto executing = await_exec(report->read_end, command); !executing) {
    return tl::unexpected(executing.error());
  }
  return process;
}

Process::~Process() {
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  reap();
}

void Process::signal_group(int signal) const {
  assert(pid_ > 0);
  ::kill(-pid_, signal);  // Not reaped yet, so the number is still this group's.
}

int Process::reap() {
  assert(pid_ > 0);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  signal_group(SIGKILL);  // While the dead leader still holds the number.
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

std::map<std::string, std::string> with_inherited(std::map<std::string, std::string> env) {
  for (const char* const name : {"PATH", "HOME"}) {
    if (const char* const value = std::getenv(name)) env.try_emplace(name, value);
  }
  return env;
}

std::string describe_wait_status(int status) {
  if (WIFEXITED(status)) return "exited with status " + std::to_string(WEXITSTATUS(status));
  const char* const name = ::sigdescr_np(WTERMSIG(status));
  return std::string("terminated with signal ") + (name ? name : "unknown") +
         (WCOREDUMP(status) ? " (core dumped)" : "");
}

}  // namespace minimarathon
