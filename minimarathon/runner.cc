#include "minimarathon/runner.h"

#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <filesystem>
#include <utility>

#include "minimarathon/process.h"

namespace minimarathon {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::Expected;

Exit describe(std::string task_id, int status) {
  return {.task_id = std::move(task_id),
          .success = WIFEXITED(status) && WEXITSTATUS(status) == 0,
          .message = "Command " + describe_wait_status(status)};
}

}  // namespace

class Runner::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::function<void(Exit)> on_exit)
      : io_(io), on_exit_(std::move(on_exit)) {}

  /// All at once first, so that they end side by side; then each is reaped by its destructor.
  ~Impl() {
    for (const auto& [task_id, running] : running_) running->process.signal_group(SIGKILL);
  }

  Expected<pid_t> start(const Launch& launch);
  void kill(std::string_view task_id, std::chrono::milliseconds grace);
  std::size_t running() const { return running_.size(); }

 private:
  struct Running {
    Running(asio::io_context& io, Process started)
        : process(std::move(started)), ended(io, process.take_pidfd().release()), grace(io) {}

    Process process;
    asio::posix::stream_descriptor ended;
    asio::steady_timer grace;
    bool killed = false;
  };

  void await_end(const std::string& task_id, Running& running);
  void finish(const std::string& task_id);

  asio::io_context& io_;
  std::function<void(Exit)> on_exit_;
  // Handlers may be queued when a task, or we, are gone: they hold weak references only.
  std::map<std::string, std::shared_ptr<Running>, std::less<>> running_;
};

Expected<pid_t> Runner::Impl::start(const Launch& launch) {
  if (running_.contains(launch.task_id)) {
    return common::fail(common::ErrorCode::Conflict,
                        "task '" + launch.task_id + "' is running already");
  }
  std::error_code failed;
  std::filesystem::create_directories(launch.sandbox, failed);
  if (failed) {
    return common::fail_errno("cannot make the sandbox '" + launch.sandbox + "'", failed.value());
  }
  auto process = Process::start({.argv = launch.argv,
                                 .env = with_inherited(launch.env),
                                 .directory = launch.sandbox,
                                 .stdout_file = launch.sandbox + "/stdout",
                                 .stderr_file = launch.sandbox + "/stderr"});
  if (!process) return tl::unexpected(process.error());
  const pid_t pid = process->pid();
  const auto running = std::make_shared<Running>(io_, std::move(*process));
  running_.emplace(launch.task_id, running);
  await_end(launch.task_id, *running);
  return pid;
}

void Runner::Impl::await_end(const std::string& task_id, Running& running) {
  running.ended.async_wait(asio::posix::stream_descriptor::wait_read,
                           [weak = weak_from_this(), task_id](error_code cancelled) {
                             if (const auto self = weak.lock(); self && !cancelled)
                               self->finish(task_id);
                           });
}

void Runner::Impl::finish(const std::string& task_id) {
  const auto found = running_.find(task_id);
  if (found == running_.end()) return;
  const auto running = std::move(found->second);
  running_.erase(found);  // First, so that on_exit_ may start the same task again.
  on_exit_(describe(task_id, running->process.reap()));
}

void Runner::Impl::kill(std::string_view task_id, std::chrono::milliseconds grace) {
  const auto found = running_.find(task_id);
  if (found == running_.end()) return;
  Running& running = *found->second;
  const auto deadline = std::chrono::steady_clock::now() + grace;
  if (running.killed && running.grace.expiry() <= deadline) return;  // A later kill only hastens.
  running.process.signal_group(SIGTERM);
  running.killed = true;
  running.grace.expires_at(deadline);
  running.grace.async_wait([weak = std::weak_ptr(found->second)](error_code cancelled) {
    if (const auto late = weak.lock(); late && !cancelled) late->process.signal_group(SIGKILL);
  });
}

Runner::Runner(asio::io_context& io, std::function<void(Exit)> on_exit)
    : impl_(std::make_shared<Impl>(io, std::move(on_exit))) {}

Runner::~Runner() = default;

Expected<pid_t> Runner::start(const Launch& launch) { return impl_->start(launch); }

void Runner::kill(std::string_view task_id, std::chrono::milliseconds grace) {
  impl_->kill(task_id, grace);
}

std::size_t Runner::running() const { return impl_->running(); }

}  // namespace minimarathon
