#include "tests/vipd/server/sockets.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <random>
#include <utility>

namespace vipd {

namespace {

constexpr timeval kPatience{.tv_sec = 20, .tv_usec = 0};

UniqueFd stream_socket(const common::IpAddress& ip) {
  return UniqueFd(socket(ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

SocketAddress bind_free_port(int fd, const common::IpAddress& ip) {
  sockaddr_storage storage;
  socklen_t length = SocketAddress{ip, 0}.to_sockaddr(storage);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&storage), length), 0) << strerror(errno);
  length = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::from(storage);
}

TestSocket accept_from(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  UniqueFd accepted(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(accepted) << "nobody connected: " << strerror(errno);
  return TestSocket(std::move(accepted));
}

}  // namespace

TestSocket::TestSocket(UniqueFd fd) : fd_(std::move(fd)) {
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

TestSocket TestSocket::connect(const SocketAddress& to) {
  TestSocket made(stream_socket(to.ip));
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  const int done = ::connect(made.fd(), reinterpret_cast<sockaddr*>(&storage), length);
  made.error_ = done == 0 ? 0 : errno;
  return made;
}

void TestSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_GT(count, 0) << strerror(errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::size_t TestSocket::send_some(std::string_view bytes) {
  const ssize_t count = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void TestSocket::finish() const { ASSERT_EQ(shutdown(fd(), SHUT_WR), 0) << strerror(errno); }

void TestSocket::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

void TestSocket::set_receive_buffer(int bytes) const {
  setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::string TestSocket::receive(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t received = 0;
  end_ = StreamEnd::Open;
  while (received < count) {
    const ssize_t got = recv(fd(), bytes.data() + received, count - received, 0);
    if (got <= 0) {
      end_ = got == 0 ? StreamEnd::Fin : errno == EAGAIN ? StreamEnd::Silence : StreamEnd::Reset;
      break;
    }
    received += static_cast<std::size_t>(got);
  }
  bytes.resize(received);
  return bytes;
}

std::string TestSocket::receive_all() {
  std::string all;
  do {
    all += receive(256 * 1024);
  } while (end_ == StreamEnd::Open);
  return all;
}

StreamEnd TestSocket::end() {
  receive_all();
  return end_;
}

TestListener::TestListener(const common::IpAddress& ip, int backlog) : fd_(stream_socket(ip)) {
  address_ = bind_free_port(fd(), ip);
  EXPECT_EQ(listen(fd(), backlog), 0) << strerror(errno);
}

TestSocket TestListener::accept() { return accept_from(fd()); }

std::size_t TestListener::count_waiting() const {
  std::size_t count = 0;
  pollfd waiting{.fd = fd(), .events = POLLIN, .revents = 0};
  for (; poll(&waiting, 1, 0) > 0; ++count) UniqueFd(accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC));
  return count;
}

HeldPort::HeldPort(Kind kind, const common::IpAddress& ip) : fd_(stream_socket(ip)) {
  address_ = bind_free_port(fd_.get(), ip);
  const int shared = kind == Kind::Shared ? 1 : 0;  // From now on: a free port is nobody's.
  setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &shared, sizeof shared);
}

void HeldPort::listen() const { ASSERT_EQ(::listen(fd_.get(), 64), 0) << strerror(errno); }

TestSocket HeldPort::accept() const { return accept_from(fd_.get()); }

EchoServer::EchoServer() : stop_(eventfd(0, EFD_CLOEXEC)), thread_([this] { run(); }) {}

EchoServer::~EchoServer() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void EchoServer::run() {
  std::map<int, UniqueFd> clients;
  std::array<char, 4096> bytes;
  while (true) {
    std::vector<pollfd> polled{{stop_.get(), POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
    for (const auto& [fd, client] : clients) polled.push_back({fd, POLLIN, 0});
    poll(polled.data(), polled.size(), -1);
    if (polled[0].revents != 0) return;
    for (std::size_t i = 2; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t got = recv(polled[i].fd, bytes.data(), bytes.size(), 0);
      const bool echoed =
          got > 0 &&
          ::send(polled[i].fd, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
      if (!echoed) clients.erase(polled[i].fd);
    }
    if (polled[1].revents == 0) continue;
    UniqueFd client(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) clients.emplace(client.get(), std::move(client));
  }
}

std::string pattern(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace vipd
