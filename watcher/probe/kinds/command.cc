#include <fmt/core.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "watcher/probe/checker.h"
#include "watcher/probe/kinds/process.h"

namespace watcher {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

Finding judge(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Finding::passed();
  if (WIFEXITED(status)) return Finding::failed(fmt::format("exit {}", WEXITSTATUS(status)));
  return Finding::failed(fmt::format("ended by signal {}", WTERMSIG(status)));
}

/// One program. The loop holds it until the program has ended, which nobody may be waiting for any
/// more: it is killed then.
class Run final : public std::enable_shared_from_this<Run> {
 public:
  Run(asio::io_context& io,
      std::vector<std::string> argv,
      std::vector<std::string> env,
      Checker::Done done)
      : ended_(io), argv_(std::move(argv)), env_(std::move(env)), done_(std::move(done)) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() { kill(); }

  /// `on_end` is called when a place is free again.
  void start(std::function<void()> on_end) {
    begun_ = true;
    on_end_ = std::move(on_end);
    auto process = probe::start_process(std::move(argv_), std::move(env_));
    if (!process) return fail_soon(process.error().message);
    pid_ = process->pid;
    Code error;
    ended_.assign(process->ended.get(), error);
    if (error) return fail_soon(error.message());  // No memory; ~Run() ends the program.
    process->ended.release();
    ended_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const Code&) { self->reap(); });
  }
  void cancel() {
    done_ = nullptr;
    kill();
  }
  bool is_wanted() const { return done_ != nullptr; }
  bool has_begun() const { return begun_; }

 private:
  void kill() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }
  void fail_soon(const std::string& why) {
    asio::post(ended_.get_executor(),
               [self = shared_from_this(), why] { self->finish(Finding::inconclusive(why)); });
  }
  void reap() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    finish(judge(status));
  }
  void finish(Finding finding) {
    const auto done = std::exchange(done_, nullptr);
    if (const auto on_end = std::exchange(on_end_, nullptr)) on_end();
    if (done) done(std::move(finding));
  }

  asio::posix::stream_descriptor ended_;
  std::vector<std::string> argv_;
  std::vector<std::string> env_;
  Checker::Done done_;
  std::function<void()> on_end_;
  pid_t pid_ = -1;  // While it is ours to reap.
  bool begun_ = false;
};

/// Who runs, and who waits for a place. Waits no longer than its attempt, so there are never more
/// than attempts.
class Places final : public std::enable_shared_from_this<Places> {
 public:
  explicit Places(int count) : free_(count) {}

  void take(const std::shared_ptr<Run>& run) {
    waiting_.push_back(run);
    start_next();
  }

 private:
  void start_next() {
    while (free_ > 0 && !waiting_.empty()) {
      const auto run = waiting_.front().lock();
      waiting_.pop_front();
      if (!run || !run->is_wanted()) continue;
      --free_;
      run->start([places = weak_from_this()] {
        const auto self = places.lock();
        if (!self) return;
        ++self->free_;
        self->start_next();
      });
    }
  }

  int free_;
  std::deque<std::weak_ptr<Run>> waiting_;
};

class CommandAttempt final : public CheckAttempt {
 public:
  explicit CommandAttempt(std::shared_ptr<Run> run) : run_(std::move(run)) {}
  CommandAttempt(const CommandAttempt&) = delete;
  CommandAttempt& operator=(const CommandAttempt&) = delete;
  ~CommandAttempt() override { run_->cancel(); }
  bool has_begun() const override { return run_->has_begun(); }

 private:
  std::shared_ptr<Run> run_;
};

class CommandChecker final : public Checker {
 public:
  CommandChecker(asio::io_context& io, int parallel)
      : io_(io), places_(std::make_shared<Places>(parallel)) {}

  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    const std::string host = endpoint.ip.to_string();
    const std::string port = std::to_string(endpoint.port);
    std::vector<std::string> argv = check.command;
    for (std::string& word : argv) {
      replace_all(word, "{host}", host);
      replace_all(word, "{port}", port);
    }
    const auto run = std::make_shared<Run>(
        io_,
        std::move(argv),
        std::vector<std::string>{"SIGNPOST_HOST=" + host, "SIGNPOST_PORT=" + port},
        std::move(done));
    places_->take(run);
    return std::make_unique<CommandAttempt>(run);
  }

 private:
  asio::io_context& io_;
  std::shared_ptr<Places> places_;
};

}  // namespace

std::unique_ptr<Checker> make_command_checker(asio::io_context& io, int parallel) {
  return std::make_unique<CommandChecker>(io, parallel);
}

}  // namespace watcher
