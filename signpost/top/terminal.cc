#include "signpost/top/terminal.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

namespace signpost {
namespace {

using std::chrono::steady_clock;

// ECMA-48, and the private modes of xterm that every terminal of today has.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";  // A screen of our own, no cursor.
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearLine = "\x1b[K";
constexpr const char* kClearBelow = "\x1b[J";
constexpr char kCtrlC = '\x03';
constexpr char kCtrlD = '\x04';

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

bool Terminal::is_there() { return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1; }

Terminal::Terminal() {
  const sigset_t signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &signals_before_);
  signals_ = common::UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  tcgetattr(STDIN_FILENO, &before_);
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  fmt::print("{}", kEnter);
  std::fflush(stdout);
}

Terminal::~Terminal() {
  fmt::print("{}", kLeave);
  std::fflush(stdout);
  tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

Terminal::Size Terminal::size() const {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, window.ws_row};
}

void Terminal::show(const std::vector<std::string>& lines) {
  std::string screen = kHome;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    screen += (i == 0 ? "" : "\r\n") + lines[i] + kClearLine;
  }
  fmt::print("{}{}", screen, kClearBelow);
  std::fflush(stdout);
}

Terminal::Event Terminal::wait_until(steady_clock::time_point then) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(then - steady_clock::now()).count();
    if (left <= 0) return Event::Time;
    std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    poll(ready.data(), ready.size(), static_cast<int>(left));
    if (ready[0].revents != 0 && is_end_typed()) return Event::Quit;
    if (ready[1].revents != 0) return read_signal();
  }
}

/// Also when nothing can be typed any more.
bool Terminal::is_end_typed() {
  std::array<char, 64> keys{};
  const ssize_t count = read(STDIN_FILENO, keys.data(), keys.size());
  if (count <= 0) return true;
  return std::any_of(keys.begin(), keys.begin() + count, [](char key) {
    return key == 'q' || key == 'Q' || key == kCtrlC || key == kCtrlD;
  });
}

Terminal::Event Terminal::read_signal() {
  signalfd_siginfo signal{};
  const ssize_t size = read(signals_.get(), &signal, sizeof(signal));
  const bool resized = size == sizeof(signal) && signal.ssi_signo == SIGWINCH;
  return resized ? Event::Resized : Event::Quit;
}

}  // namespace signpost
