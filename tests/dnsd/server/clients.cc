#include "tests/dnsd/server/clients.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace dnsd::testing {
namespace {

constexpr int kPatienceMs = 10000;

void set_patience(const common::UniqueFd& socket) {
  const timeval limit{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void connect_to(const common::UniqueFd& socket, const common::SocketAddress& server) {
  sockaddr_storage storage{};
  const socklen_t length = server.to_sockaddr(storage);
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0)
      << server.to_string();
}

void bind_to(const common::UniqueFd& socket, const char* address) {
  sockaddr_storage storage{};
  const common::SocketAddress own{common::IpAddress::parse(address).value(), 0};
  const socklen_t length = own.to_sockaddr(storage);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
}

common::UniqueFd make_socket(const common::SocketAddress& server, int type) {
  return common::UniqueFd(socket(server.ip.is_v4() ? AF_INET : AF_INET6, type, 0));
}

}  // namespace

UdpClient::UdpClient(const common::SocketAddress& server)
    : socket_(make_socket(server, SOCK_DGRAM)) {
  set_patience(socket_);
  connect_to(socket_, server);
}

void UdpClient::send(std::span<const std::uint8_t> message) {
  EXPECT_EQ(::send(socket_.get(), message.data(), message.size(), 0),
            static_cast<ssize_t>(message.size()));
}

std::optional<std::vector<std::uint8_t>> UdpClient::receive() {
  std::vector<std::uint8_t> message(65535);
  const ssize_t received = recv(socket_.get(), message.data(), message.size(), 0);
  if (received < 0) return std::nullopt;
  message.resize(static_cast<std::size_t>(received));
  return message;
}

TcpClient::TcpClient(const common::SocketAddress& server, int receive_buffer, const char* from)
    : socket_(make_socket(server, SOCK_STREAM)) {
  if (receive_buffer > 0) {
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  if (from != nullptr) bind_to(socket_, from);
  set_patience(socket_);
  connect_to(socket_, server);
}

void TcpClient::send(std::span<const std::uint8_t> octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    octets = octets.subspan(static_cast<std::size_t>(sent));
  }
}

void TcpClient::finish() { shutdown(socket_.get(), SHUT_WR); }

bool TcpClient::receive_exactly(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t received = recv(socket_.get(), out.data(), out.size(), 0);
    if (received <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(received));
  }
  return true;
}

std::optional<std::vector<std::uint8_t>> TcpClient::receive_message() {
  std::array<std::uint8_t, 2> length{};
  if (!receive_exactly(length)) return std::nullopt;
  std::vector<std::uint8_t> message(static_cast<std::size_t>(length[0] << 8 | length[1]));
  if (!receive_exactly(message)) return std::nullopt;
  return message;
}

bool TcpClient::has_octets() const {
  pollfd waiting{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) == 1;
}

bool TcpClient::closed_by_server() {
  std::array<std::uint8_t, 4096> octets{};
  ssize_t received = 1;
  while (received > 0) received = recv(socket_.get(), octets.data(), octets.size(), 0);
  return received == 0 || errno == ECONNRESET;
}

bool TcpClient::reset_by_server() {
  pollfd waiting{.fd = socket_.get(), .events = 0, .revents = 0};
  return poll(&waiting, 1, kPatienceMs) == 1 && (waiting.revents & (POLLERR | POLLHUP)) != 0;
}

common::UniqueFd bound_socket(int type) {
  common::UniqueFd made(socket(AF_INET, type | SOCK_NONBLOCK, 0));
  sockaddr_storage storage{};
  const socklen_t length =
      common::SocketAddress{common::IpAddress::v4(INADDR_LOOPBACK), 0}.to_sockaddr(storage);
  EXPECT_EQ(bind(made.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(made.get(), 64), 0);
  }
  return made;
}

common::SocketAddress address_of(const common::UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length);
  return common::SocketAddress::from(storage);
}

}  // namespace dnsd::testing
