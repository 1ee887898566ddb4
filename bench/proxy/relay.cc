// The least that relaying TCP can cost on this kernel: octets go from one socket to the other by a
// wait, a read and a write, the end of one side is told to the other, which may go on until its own
// end, and nothing is counted, timed, limited, checked or retried. Not a proxy to use: one backend,
// for ever. One thread.
//
// proxy_relay PORT BACKEND_PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

std::array<char, 16 << 10> scratch;  // As large as vipd's.

constexpr std::size_t kClient = 0;
constexpr std::size_t kBackend = 1;

struct Pair {
  std::array<int, 2> fds{-1, -1};
  std::array<std::string, 2> held;  // What came from an end, and the other didn't take yet.
  std::array<bool, 2> readable{};
  std::array<bool, 2> ended{};
  bool connected = false;
};

sockaddr_in local(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_at(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = local(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 4096) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  return fd;
}

class Relay {
 public:
  Relay(std::uint16_t port, std::uint16_t backend)
      : listener_(listen_at(port)), backend_(local(backend)) {
    watch(listener_, EPOLLIN, kListener);
  }

  [[noreturn]] void run() {
    for (;;) {
      const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1);
      for (int i = 0; i < count; ++i) on_event(events_[static_cast<std::size_t>(i)]);
    }
  }

 private:
  static constexpr std::uint64_t kListener = UINT64_MAX;

  void watch(int fd, std::uint32_t events, std::uint64_t what) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = what;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  /// A pair is found by its client's descriptor.
  void accept_one() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const auto place = static_cast<std::size_t>(client);
    if (pairs_.size() <= place) pairs_.resize(place + 1);
    const int backend = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    static_cast<void>(connect(
        backend, reinterpret_cast<const sockaddr*>(&backend_), sizeof backend_));  // Under way.
    pairs_[place] = Pair();
    pairs_[place].fds = {client, backend};
    for (const std::size_t end : {kClient, kBackend})
      watch(pairs_[place].fds[end], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, place << 1 | end);
  }

  void on_event(const epoll_event& event) {
    if (event.data.u64 == kListener) return accept_one();
    Pair& pair = pairs_[event.data.u64 >> 1];
    const std::size_t end = event.data.u64 & 1U;
    if (pair.fds[kClient] < 0) return;  // It ended in this very turn.
    pair.connected |= end == kBackend && (event.events & EPOLLOUT) != 0;
    pair.readable[end] |= (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    if (!pair.connected && (event.events & EPOLLERR) == 0) return;
    const bool ends = (event.events & (EPOLLRDHUP | EPOLLERR)) != 0;
    for (const std::size_t from : {kClient, kBackend}) {
      if (!pair.ended[from] && !move(pair, from, ends && from == end)) pass_on_end(pair, from);
    }
    if (pair.ended[kClient] && pair.ended[kBackend]) close_both(pair);
  }

  /// False when an end has nothing more to say.
  bool move(Pair& pair, std::size_t from, bool ends) {
    if (!pair.held[from].empty() && !put(pair, from, std::string(std::move(pair.held[from]))))
      return true;
    while (pair.readable[from]) {
      const ssize_t got = recv(pair.fds[from], scratch.data(), scratch.size(), 0);
      if (got <= 0) {
        pair.readable[from] = false;
        return got < 0 && errno == EAGAIN;
      }
      const auto count = static_cast<std::size_t>(got);
      pair.readable[from] = count == scratch.size();
      if (!put(pair, from, {scratch.data(), count})) return true;
    }
    return !ends;
  }

  /// False when some of it has to wait.
  bool put(Pair& pair, std::size_t from, std::string_view bytes) {
    const ssize_t sent = send(pair.fds[1 - from], bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return true;
    pair.held[from] = bytes.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    return false;
  }

  static void pass_on_end(Pair& pair, std::size_t from) {
    pair.ended[from] = true;
    if (!pair.ended[1 - from]) shutdown(pair.fds[1 - from], SHUT_WR);
  }

  void close_both(Pair& pair) {
    for (int& fd : pair.fds) close(std::exchange(fd, -1));
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_;
  sockaddr_in backend_;
  std::array<epoll_event, 256> events_{};
  std::vector<Pair> pairs_;
};

std::uint16_t port_of(const char* text) { return static_cast<std::uint16_t>(std::atoi(text)); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("proxy_relay PORT BACKEND_PORT\n", stderr);
    return 2;
  }
  Relay(port_of(argv[1]), port_of(argv[2])).run();
}
