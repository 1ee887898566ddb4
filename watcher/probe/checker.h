#pragma once

#include <functional>
#include <memory>

#include "common/ip.h"
#include "config/check.h"
#include "watcher/probe/finding.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// One check under way; destroying it cancels, and its `done` is not called any more.
class CheckAttempt {
 public:
  virtual ~CheckAttempt() = default;
  /// False while it waits for a place of ours: then it says nothing when its time is up.
  virtual bool has_begun() const { return true; }
};

/// One kind of check; kinds/ has a file for each. Lives on the control thread and outlives its
/// attempts. Time is not its business: whoever begins a check ends it when that took too long.
class Checker {
 public:
  using Done = std::function<void(Finding)>;

  virtual ~Checker() = default;

  /// Asks an endpoint. `done` is called once, from the loop and never from within begin(); the
  /// attempt may be destroyed in it.
  virtual std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                              const config::Check& check,
                                              Done done) = 0;
};

std::unique_ptr<Checker> make_tcp_checker(boost::asio::io_context& io);
std::unique_ptr<Checker> make_tls_checker(boost::asio::io_context& io);
std::unique_ptr<Checker> make_http_checker(boost::asio::io_context& io);  // HTTPS, too.
std::unique_ptr<Checker> make_grpc_checker(boost::asio::io_context& io);
std::unique_ptr<Checker> make_datagram_checker(boost::asio::io_context& io);  // UDP and DNS.
/// At most `parallel` programs run at a time; the others wait.
std::unique_ptr<Checker> make_command_checker(boost::asio::io_context& io, int parallel);

/// The kind that makes this check.
std::unique_ptr<Checker> make_checker(config::CheckKind kind,
                                      boost::asio::io_context& io,
                                      int parallel_commands);

}  // namespace watcher
