#include "minimarathon/serve/udp_relay.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>

#include "minimarathon/serve/sockets.h"

namespace minimarathon::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kSilence = 60s;
constexpr auto kSweep = 10s;

}  // namespace

UdpRelay::UdpRelay(asio::io_context& io,
                   common::UniqueFd outside,
                   std::uint16_t port,
                   std::size_t max_clients)
    : io_(io),
      outside_(io),
      inside_(asio::ip::address_v4::loopback(), port),
      max_clients_(max_clients),
      sweep_(io) {
  outside_.assign(is_ipv6(outside) ? Udp::v6() : Udp::v4(), outside.release());
  outside_.non_blocking(true);
}

void UdpRelay::start() {
  receive();
  forget_the_silent();
}

void UdpRelay::close() {
  error_code ignored;  // The descriptor is gone whatever close says.
  outside_.close(ignored);
  sweep_.cancel();
  for (const auto& [client, session] : sessions_) session->socket.close(ignored);
  sessions_.clear();
}

void UdpRelay::receive() {
  outside_.async_receive_from(asio::buffer(datagram_),
                              sender_,
                              [self = shared_from_this()](error_code code, std::size_t size) {
                                if (!self->outside_.is_open()) return;
                                // An error is about an earlier datagram, one that found nobody
                                // (ICMP).
                                if (!code) self->forward(size);
                                self->receive();
                              });
}

void UdpRelay::forward(std::size_t size) {
  const auto session = session_of(sender_);
  if (!session) return;
  session->last_heard = steady_clock::now();
  error_code lost;  // UDP may lose a datagram; so may we.
  session->socket.send(asio::buffer(datagram_, size), 0, lost);
}

/// Null when no socket is to be had.
std::shared_ptr<UdpRelay::Session> UdpRelay::session_of(const Udp::endpoint& client) {
  if (const auto found = sessions_.find(client); found != sessions_.end()) return found->second;
  if (sessions_.size() == max_clients_) forget_the_most_silent();
  auto session = std::make_shared<Session>(io_);
  error_code code;
  session->socket.connect(inside_, code);
  if (code) return nullptr;
  session->socket.non_blocking(true, code);
  sessions_.emplace(client, session);
  await_answer(client, session);
  return session;
}

void UdpRelay::await_answer(const Udp::endpoint& client, const std::shared_ptr<Session>& session) {
  session->socket.async_wait(
      Udp::socket::wait_read, [self = shared_from_this(), client, session](error_code code) {
        if (code || !session->socket.is_open() || !self->outside_.is_open()) return;
        std::array<char, 65536> datagram;
        const std::size_t size = session->socket.receive(asio::buffer(datagram), 0, code);
        if (!code) {
          session->last_heard = steady_clock::now();
          self->outside_.send_to(asio::buffer(datagram, size), client, 0, code);
        }
        self->await_answer(client, session);
      });
}

void UdpRelay::forget_the_silent() {
  const auto limit = steady_clock::now() - kSilence;
  std::erase_if(sessions_, [limit](const auto& entry) {
    if (entry.second->last_heard >= limit) return false;
    entry.second->socket.close();
    return true;
  });
  sweep_.expires_after(kSweep);
  sweep_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->outside_.is_open()) self->forget_the_silent();
  });
}

void UdpRelay::forget_the_most_silent() {
  const auto oldest =
      std::min_element(sessions_.begin(), sessions_.end(), [](const auto& one, const auto& other) {
        return one.second->last_heard < other.second->last_heard;
      });
  oldest->second->socket.close();
  sessions_.erase(oldest);
}

}  // namespace minimarathon::serve
