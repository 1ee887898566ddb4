#include "minimarathon/health.h"

#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/status.hpp>
#include <optional>
#include <utility>

#include "minimarathon/endpoint.h"
#include "minimarathon/process.h"

namespace minimarathon {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::Error;
using common::ErrorCode;
using Done = std::function<void(CheckResult)>;

CheckResult pass() { return {.passed = true}; }
CheckResult failure(std::string cause) { return {.cause = std::move(cause)}; }

// --- HTTP and HTTPS ------------------------------------------------------------------------------

CheckResult judge(int status, bool ignore_1xx) {
  CheckResult result{.http_status = status};
  result.passed = status >= 200 && status <= 399;
  result.ignored = ignore_1xx && status >= 100 && status <= 199;
  if (result.passed || result.ignored) return result;
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  result.cause =
      std::to_string(status) + ' ' + std::string(boost::beast::http::obsolete_reason(known));
  return result;
}

/// Marathon puts the class of its exception before the message.
CheckResult failure(const Error& error) {
  switch (error.code) {
    case ErrorCode::Timeout:
      return failure("TimeoutException: " + error.message);
    case ErrorCode::InvalidInput:
      return failure("ParsingException: " + error.message);
    default:
      return failure("ConnectException: " + error.message);
  }
}

std::unique_ptr<http::Operation> check_http(asio::io_context& io,
                                            const CheckTarget& target,
                                            Done done) {
  const http::Url url{.scheme = target.kind == CheckKind::Https ? "https" : "http",
                      .host = target.address.ip.to_string(),
                      .port = std::to_string(target.address.port),
                      .target = target.path.starts_with('/') ? target.path : '/' + target.path};
  return http::fetch(io,
                     url,
                     {.target = url.target, .headers = {}, .body = {}},
                     {.timeout = target.timeout, .verify_peer = false},
                     [ignore_1xx = target.ignore_http_1xx,
                      done = std::move(done)](const common::Expected<http::Response>& answer) {
                       done(answer ? judge(answer->status, ignore_1xx) : failure(answer.error()));
                     });
}

// --- TCP and commands ----------------------------------------------------------------------------

/// One probe of our own with its time limit. Handlers on the loop share it; once it has spoken, or
/// its Operation is gone, they find done_ empty and do nothing.
class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(asio::io_context& io, Done done) : timer_(io), done_(std::move(done)) {}
  virtual ~Probe() = default;

  virtual void start() = 0;
  void cancel() {
    done_ = nullptr;
    timer_.cancel();
    release();
  }

 protected:
  virtual void release() = 0;  // Lets go of socket or process.

  bool is_over() const { return !done_; }
  void finish(CheckResult result) {
    const Done done = std::exchange(done_, nullptr);
    cancel();
    done(std::move(result));
  }
  void limit(std::chrono::milliseconds timeout, std::string cause) {
    timer_.expires_after(timeout);
    timer_.async_wait([self = shared_from_this(), cause = std::move(cause)](error_code) {
      if (!self->is_over()) self->finish(failure(cause));
    });
  }

 private:
  asio::steady_timer timer_;
  Done done_;
};

class TcpProbe final : public Probe {
 public:
  TcpProbe(asio::io_context& io, const CheckTarget& target, Done done)
      : Probe(io, std::move(done)), target_(target), socket_(io) {}

  void start() override {
    limit(target_.timeout, "SocketTimeoutException: connect timed out");
    const auto endpoint = to_endpoint<asio::ip::tcp::endpoint>(target_.address);
    socket_.async_connect(endpoint, [this, self = shared_from_this()](error_code code) {
      if (is_over()) return;
      finish(code ? failure("ConnectException: " + code.message()) : pass());
    });
  }

 private:
  void release() override {
    error_code ignored;  // The descriptor is gone whatever close says.
    socket_.close(ignored);
  }

  const CheckTarget target_;
  asio::ip::tcp::socket socket_;
};

class CommandProbe final : public Probe {
 public:
  CommandProbe(asio::io_context& io, const CheckTarget& target, Done done)
      : Probe(io, std::move(done)), io_(io), target_(target), ended_(io) {}

  void start() override {
    auto process = Process::start({.argv = {"/bin/sh", "-c", target_.command},
                                   .env = with_inherited(target_.env),
                                   .directory = target_.sandbox});
    if (!process) return fail_soon(process.error().message);
    process_.emplace(std::move(*process));
    limit(target_.timeout,
          "Command has not returned after " + std::to_string(target_.timeout.count()) + " ms");
    ended_.assign(process_->take_pidfd().release());
    ended_.async_wait(asio::posix::descriptor_base::wait_read,
                      [this, self = shared_from_this()](error_code) {
                        if (!is_over()) judge_exit(process_->reap());
                      });
  }

 private:
  void fail_soon(std::string cause) {
    asio::post(io_, [this, self = shared_from_this(), cause = std::move(cause)] {
      if (!is_over()) finish(failure(cause));
    });
  }
  void judge_exit(int status) {
    const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    finish(passed ? pass() : failure("Command " + describe_wait_status(status)));
  }
  void release() override {
    ended_.close();
    process_.reset();
  }

  asio::io_context& io_;
  const CheckTarget target_;
  std::optional<Process> process_;
  asio::posix::stream_descriptor ended_;
};

/// What the caller holds: its end is the probe's.
class Handle final : public http::Operation {
 public:
  explicit Handle(std::shared_ptr<Probe> probe) : probe_(std::move(probe)) { probe_->start(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { probe_->cancel(); }

 private:
  std::shared_ptr<Probe> probe_;
};

}  // namespace

std::unique_ptr<http::Operation> run_check(asio::io_context& io,
                                           const CheckTarget& target,
                                           std::function<void(CheckResult)> done) {
  switch (target.kind) {
    case CheckKind::Http:
    case CheckKind::Https:
      return check_http(io, target, std::move(done));
    case CheckKind::Tcp:
      return std::make_unique<Handle>(std::make_shared<TcpProbe>(io, target, std::move(done)));
    case CheckKind::Command:
      return std::make_unique<Handle>(std::make_shared<CommandProbe>(io, target, std::move(done)));
  }
  return nullptr;
}

}  // namespace minimarathon
