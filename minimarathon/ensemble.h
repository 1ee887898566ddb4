#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "http/server.h"

namespace minimarathon {

/// A leader and standbys, each with an address of its own, over one and the same Marathon: what
/// clients see of several. A standby passes requests on, and sends those for the event stream to
/// the leader, as Marathon does since 1.7, or passes them on too, as it did before.
/// DELETE /v2/leader makes the next one the leader. Lives on the API's thread.
/// Source: Marathon's LeaderProxyFilter.
class Ensemble {
 public:
  struct Acts {
    http::Server::Handler handle;       // What the leader does with a request.
    std::function<void()> lose_leader;  // What goes with a leader: streams and check results.
  };
  /// leader  host:port of whoever leads; settled by start() and changed by a failover
  Ensemble(boost::asio::io_context& io, config::StandbyMode mode, std::string& leader, Acts acts);

  /// The first address leads. Returns its port. Errors name the address.
  common::Expected<std::uint16_t> start(const std::vector<common::SocketAddress>& addresses);

 private:
  void handle(std::size_t member,
              const http::Request& request,
              const std::shared_ptr<http::Responder>& responder);
  void abdicate(http::Responder& responder);
  void after(std::chrono::milliseconds delay, std::function<void()> act);

  boost::asio::io_context& io_;
  config::StandbyMode mode_;
  std::string& leader_;
  Acts acts_;
  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<http::Server>> servers_;
  std::size_t leading_ = 0;
  bool elected_ = true;  // False between two leaders.
  bool abdicating_ = false;
  boost::asio::steady_timer timer_;
};

}  // namespace minimarathon
