// The least that relaying TCP can cost on this kernel: octets go from one socket to the other by a
// wait, a read and a write, the end of one side is told to the other, which may go on until its own
// end, and nothing is counted, timed, limited, checked or retried. Not a proxy to use: one backend,
// for ever. One thread. With "splice", octets go through a pipe instead, and are never copied.
//
// proxy_relay PORT BACKEND_PORT [splice]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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

/// Octets that are read, written, and held as long as the other end takes no more.
class Copied {
 public:
  bool empty() const { return fresh_.empty() && held_.empty(); }
  /// Reads once; as recv().
  ssize_t take(int from) {
    const ssize_t got = recv(from, scratch_.data(), scratch_.size(), 0);
    if (got > 0) fresh_ = {scratch_.data(), static_cast<std::size_t>(got)};
    return got;
  }
  /// Whether there may be more behind what was read.
  static bool may_go_on(ssize_t got) { return static_cast<std::size_t>(got) == scratch_.size(); }
  /// False when some of it has to wait.
  bool give(int to) {
    const std::string_view octets = held_.empty() ? fresh_ : held_;
    const ssize_t sent = send(to, octets.data(), octets.size(), MSG_NOSIGNAL);
    held_ = std::string(octets.substr(static_cast<std::size_t>(std::max<ssize_t>(sent, 0))));
    fresh_ = {};
    return empty();
  }

 private:
  inline static std::array<char, 16 << 10> scratch_;  // As large as vipd's.
  std::string_view fresh_;                            // In scratch_; not for longer than a turn.
  std::string held_;
};

/// Octets that go through a pipe, which is as large as vipd's and never closed: there is one
/// connection.
class Spliced {
 public:
  bool empty() const { return held_ == 0; }
  ssize_t take(int from) {
    if (pipe_[0] < 0) open();
    const ssize_t got = splice(from, nullptr, pipe_[1], nullptr, kSize, kHow);
    held_ = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    return got;
  }
  static bool may_go_on(ssize_t /*got*/) { return true; }
  bool give(int to) {
    while (!empty()) {
      const ssize_t sent = splice(pipe_[0], nullptr, to, nullptr, held_, kHow);
      if (sent <= 0) return false;
      held_ -= static_cast<std::size_t>(sent);
    }
    return true;
  }

 private:
  static constexpr std::size_t kSize = 1 << 20;
  static constexpr unsigned kHow = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

  void open() {
    if (pipe2(pipe_.data(), O_NONBLOCK | O_CLOEXEC) != 0) std::perror("pipe");
    fcntl(pipe_[1], F_SETPIPE_SZ, static_cast<int>(kSize));
  }

  std::array<int, 2> pipe_{-1, -1};
  std::size_t held_ = 0;
};

constexpr std::size_t kClient = 0;
constexpr std::size_t kBackend = 1;

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

template <class Way>
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

  struct Pair {
    std::array<int, 2> fds{-1, -1};
    std::array<Way, 2> ways;  // Of what comes from an end.
    std::array<bool, 2> readable{};
    std::array<bool, 2> ended{};
    bool connected = false;
  };

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
  static bool move(Pair& pair, std::size_t from, bool ends) {
    Way& way = pair.ways[from];
    const int to = pair.fds[1 - from];
    if (!way.empty() && !way.give(to)) return true;
    while (pair.readable[from]) {
      const ssize_t got = way.take(pair.fds[from]);
      pair.readable[from] = got > 0 && Way::may_go_on(got);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      if (!way.give(to)) return true;
    }
    return !ends;
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
  const bool splices = argc == 4 && std::string_view(argv[3]) == "splice";
  if (argc != 3 && !splices) {
    std::fputs("proxy_relay PORT BACKEND_PORT [splice]\n", stderr);
    return 2;
  }
  if (splices) Relay<Spliced>(port_of(argv[1]), port_of(argv[2])).run();
  Relay<Copied>(port_of(argv[1]), port_of(argv[2])).run();
}
