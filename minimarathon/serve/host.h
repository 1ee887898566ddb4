#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "http/server.h"
#include "minimarathon/serve/listen.h"

namespace minimarathon::serve {

/// A process that serves HTTP until it is told to end: its loop, its servers, and the end that
/// images.h promises. One thread. From its construction on, SIGTERM and SIGINT only tell it to end.
class Host {
 public:
  /// `name` goes into error messages and the Server header.
  explicit Host(std::string_view name);

  boost::asio::io_context& io() { return io_; }

  /// Serves one more address. Errors name it.
  common::Expected<void> serve(const common::SocketAddress& address, http::Server::Handler handler);

  /// An answer with the headers that tell who gave it: Server and X-Task-Id.
  http::Response answer(int status, std::string_view content_type, std::string body) const;

  /// Serves until SIGTERM or SIGINT and the quiet moment after it. Returns the exit status.
  int run();
  /// Says on stderr why it cannot serve. Returns the exit status.
  int give_up(const common::Error& error) const;

 private:
  void wind_down();

  std::string name_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer limit_;
  boost::asio::steady_timer doors_;
  std::list<http::Server> servers_;
  std::size_t draining_ = 0;
};

/// The id of the task that this process is; empty outside of one.
std::string_view task_id();

/// `text` as a JSON string, quotes included.
std::string quoted(std::string_view text);

}  // namespace minimarathon::serve
