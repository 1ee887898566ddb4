// A backend that costs little: it reads requests to their end, answers each with as many octets as
// it asks for, and closes if told so. A health check's GET it answers with 200. One thread.
//
// proxy_backend PORT [ADDRESS]
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/proxy/request.h"

namespace {

std::array<char, 256 << 10> scratch;
const std::array<char, 256 << 10> answer{};

constexpr std::string_view kGet = "GET ";
constexpr std::string_view kHealthy = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";

bool is_check(const bench::Request& request) {
  return std::memcmp(&request, kGet.data(), kGet.size()) == 0;
}

struct Connection {
  bench::Request request;
  std::size_t head = 0;     // Octets of `request` that came.
  std::size_t to_read = 0;  // Of the rest of the request,
  std::size_t to_send = 0;  // and of the answer.

  /// False once the connection is over.
  bool serve(int fd) {
    for (;;) {
      if (is_check(request)) {
        send(fd, kHealthy.data(), kHealthy.size(), MSG_NOSIGNAL);
        return false;
      }
      while (to_send > 0) {
        const ssize_t sent =
            send(fd, answer.data(), std::min(to_send, answer.size()), MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN;
        to_send -= static_cast<std::size_t>(sent);
        if (to_send == 0 && request.closes != 0) return false;
      }
      const ssize_t got = recv(fd, scratch.data(), scratch.size(), 0);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      take(static_cast<std::size_t>(got));
      if (is_check(request)) continue;
      if (static_cast<std::size_t>(got) < scratch.size() && to_send == 0) return true;
    }
  }

 private:
  /// Clients send the next request only after the answer to this one.
  void take(std::size_t count) {
    if (to_read == 0) {
      const std::size_t part = std::min(sizeof request - head, count);
      std::memcpy(reinterpret_cast<char*>(&request) + head, scratch.data(), part);
      head += part;
      if (head < sizeof request) return;
      head = 0;
      to_read = request.bytes - sizeof request + part;
    }
    to_read -= std::min(to_read, count);
    if (to_read == 0) to_send = request.answer_bytes;
  }
};

int listen_at(std::uint16_t port, const char* where) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // Accepted ones inherit it.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, where, &address.sin_addr);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 4096) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  return fd;
}

class Backend {
 public:
  Backend(std::uint16_t port, const char* address) : listener_(listen_at(port, address)) {
    watch(listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    for (;;) {
      const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1);
      for (int i = 0; i < count; ++i) on_event(events_[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  void watch(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void on_event(int fd) {
    if (fd == listener_) return accept_one();
    auto& connection = connections_[static_cast<std::size_t>(fd)];
    if (!connection || connection->serve(fd)) return;
    connection.reset();
    close(fd);
  }
  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const auto place = static_cast<std::size_t>(fd);
    if (connections_.size() <= place) connections_.resize(place + 1);
    connections_[place] = std::make_unique<Connection>();
    watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_;
  std::array<epoll_event, 256> events_{};
  std::vector<std::unique_ptr<Connection>> connections_;  // By descriptor.
};

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  Backend(port, argc > 2 ? argv[2] : "127.0.0.1").run();
}
