#include <fmt/core.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <list>

#include "minimarathon/endpoint.h"
#include "minimarathon/serve/host.h"
#include "minimarathon/serve/servers.h"

namespace minimarathon::serve {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;
using common::Expected;
using common::SocketAddress;

/// Sends every datagram back to where it came from.
class UdpEcho {
 public:
  explicit UdpEcho(boost::asio::io_context& io) : socket_(io) {}

  Expected<void> start(const SocketAddress& address) {
    const auto endpoint = to_endpoint<udp::endpoint>(address);
    error_code code;
    socket_.open(endpoint.protocol(), code);
    if (!code) socket_.bind(endpoint, code);
    if (code) return common::fail_errno("cannot listen on " + address.to_string(), code.value());
    receive();
    return {};
  }

 private:
  void receive() {
    socket_.async_receive_from(
        boost::asio::buffer(datagram_), sender_, [this](error_code code, std::size_t size) {
          if (code == boost::asio::error::operation_aborted) return;
          // An error here is about an earlier datagram, one that found nobody (ICMP).
          error_code lost;  // UDP may lose an answer; so may we.
          if (!code) socket_.send_to(boost::asio::buffer(datagram_, size), sender_, 0, lost);
          receive();
        });
  }

  udp::socket socket_;
  udp::endpoint sender_;
  std::array<char, 65536> datagram_;
};

/// Answers HTTP with who and where it is.
Expected<void> serve_http(Host& host, const SocketAddress& address) {
  return host.serve(address, [&host, address](const http::Request& request, auto responder) {
    const std::string json = fmt::format(R"({{"task": {}, "port": {}, "path": {}}})",
                                         quoted(task_id()),
                                         address.port,
                                         quoted(request.path()));
    responder->send(host.answer(200, "application/json", json + "\n"));
  });
}

}  // namespace

int run_stand_in(const std::vector<std::string>& ports) {
  Host host("stand-in");
  const auto listens = all_listens(ports);
  if (!listens) return host.give_up(listens.error());
  std::list<UdpEcho> echoes;
  for (const Listen& listen : *listens) {
    const auto serving = listen.transport == Transport::Udp
                             ? echoes.emplace_back(host.io()).start(listen.address)
                             : serve_http(host, listen.address);
    if (!serving) return host.give_up(serving.error());
  }
  return host.run();
}

}  // namespace minimarathon::serve
