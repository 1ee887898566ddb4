// Keeps a server busy with DNS queries, a fixed number of them under way at any time, and counts
// what comes back. One thread; what it costs itself is nobody's figure, so pin it to a core of its
// own.
//
// dns_load ADDRESS PORT QUERIES udp|tcp SECONDS WINDOW
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/dns/queries.h"

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kFlows = 8;  // Sockets, so that a server sees more than one client.
constexpr int kPatience = 200;     // Milliseconds without any reply, after which all are lost.

struct Counts {
  std::uint64_t replies = 0;
  std::uint64_t octets = 0;
  std::uint64_t lost = 0;
  std::array<std::uint64_t, 16> rcodes{};

  void add(std::string_view reply) {
    ++replies;
    octets += reply.size();
    if (reply.size() > 3) ++rcodes[static_cast<std::uint8_t>(reply[3]) & 0xfU];
  }
};

/// The next query each time, each with another id.
class Script {
 public:
  explicit Script(std::vector<bench::Query> queries) : queries_(std::move(queries)) {}

  const bench::Query& next() {
    bench::Query& query = queries_[position_++ % queries_.size()];
    bench::set_id(query, id_++);
    return query;
  }

 private:
  std::vector<bench::Query> queries_;
  std::size_t position_ = 0;
  std::uint16_t id_ = 1;
};

/// One socket with queries under way.
class Flow {
 public:
  Flow(int type, const sockaddr_in& server) : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    const int size = 4 << 20;
    if (type == SOCK_DGRAM) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
      std::perror("connect");
      std::exit(1);
    }
  }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;
  virtual ~Flow() { close(fd_); }

  int fd() const { return fd_; }
  virtual void send(Script& script, std::size_t count) = 0;
  /// Whatever has come; how many replies.
  virtual std::size_t receive(Counts& counts) = 0;

 protected:
  const int fd_;
};

class Datagrams final : public Flow {
 public:
  explicit Datagrams(const sockaddr_in& server) : Flow(SOCK_DGRAM, server) {}

  void send(Script& script, std::size_t count) override {
    while (count > 0) {
      const unsigned batch = static_cast<unsigned>(std::min<std::size_t>(count, kBatch));
      for (unsigned i = 0; i < batch; ++i) {
        const bench::Query& query = script.next();
        std::memcpy(buffers_[i].data(), query.data(), query.size());
        set(i, query.size());
      }
      sendmmsg(fd_, messages_.data(), batch, 0);
      count -= batch;
    }
  }
  std::size_t receive(Counts& counts) override {
    for (unsigned i = 0; i < kBatch; ++i) set(i, buffers_[i].size());
    const int got = recvmmsg(fd_, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) counts.add({buffers_[i].data(), messages_[i].msg_len});
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  static constexpr unsigned kBatch = 64;

  void set(unsigned i, std::size_t size) {
    pieces_[i] = {buffers_[i].data(), size};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &pieces_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }

  std::array<std::array<char, 4096>, kBatch> buffers_;
  std::array<iovec, kBatch> pieces_;
  std::array<mmsghdr, kBatch> messages_;
};

/// Pipelines, as RFC 7766 lets clients do.
class Connection final : public Flow {
 public:
  explicit Connection(const sockaddr_in& server) : Flow(SOCK_STREAM, server) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void send(Script& script, std::size_t count) override {
    std::string octets;
    for (; count > 0; --count) {
      const bench::Query& query = script.next();
      octets += static_cast<char>(query.size() >> 8U);
      octets += static_cast<char>(query.size() & 0xffU);
      octets += query;
    }
    for (std::string_view rest = octets; !rest.empty();) {
      const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return fail("send");
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::size_t receive(Counts& counts) override {
    std::array<char, 65536> octets;
    const ssize_t got = recv(fd_, octets.data(), octets.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) {
      fail("recv");
      return 0;
    }
    input_.append(octets.data(), static_cast<std::size_t>(got));
    return take_replies(counts);
  }

 private:
  std::size_t take_replies(Counts& counts) {
    std::size_t replies = 0;
    std::string_view rest = input_;
    while (rest.size() >= 2) {
      const std::size_t size =
          static_cast<std::uint8_t>(rest[0]) << 8U | static_cast<std::uint8_t>(rest[1]);
      if (rest.size() < 2 + size) break;
      counts.add(rest.substr(2, size));
      rest.remove_prefix(2 + size);
      ++replies;
    }
    input_.erase(0, input_.size() - rest.size());
    return replies;
  }
  static void fail(const char* what) {
    std::perror(what);
    std::exit(1);
  }

  std::string input_;
};

class Load {
 public:
  Load(const sockaddr_in& server, bool tcp, std::vector<bench::Query> queries, std::size_t window)
      : script_(std::move(queries)), each_(std::max<std::size_t>(1, window / kFlows)) {
    for (std::size_t i = 0; i < kFlows; ++i) {
      if (tcp) {
        flows_.push_back(std::make_unique<Connection>(server));
      } else {
        flows_.push_back(std::make_unique<Datagrams>(server));
      }
      polled_.push_back({flows_.back()->fd(), POLLIN, 0});
      under_way_.push_back(0);
    }
  }

  Counts run(std::chrono::duration<double> length) {
    const auto end = steady_clock::now() + length;
    fill();
    // On a busy machine the first reply may take longer than that.
    while (steady_clock::now() < end || counts_.replies == 0) {
      if (poll(polled_.data(), polled_.size(), kPatience) == 0) give_up();
      for (std::size_t i = 0; i < flows_.size(); ++i) {
        under_way_[i] -= std::min(under_way_[i], flows_[i]->receive(counts_));
      }
      fill();
    }
    return counts_;
  }

 private:
  void fill() {
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      flows_[i]->send(script_, each_ - under_way_[i]);
      under_way_[i] = each_;
    }
  }
  void give_up() {
    for (std::size_t& count : under_way_) counts_.lost += std::exchange(count, 0);
  }

  Script script_;
  std::size_t each_;
  std::vector<std::unique_ptr<Flow>> flows_;
  std::vector<pollfd> polled_;
  std::vector<std::size_t> under_way_;
  Counts counts_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "usage: dns_load ADDRESS PORT QUERIES udp|tcp SECONDS WINDOW\n");
    return 2;
  }
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  Load load(server,
            std::string_view(argv[4]) == "tcp",
            bench::read_queries(argv[3]),
            static_cast<std::size_t>(std::atoi(argv[6])));
  const auto start = steady_clock::now();
  const Counts counts = load.run(std::chrono::duration<double>(std::atof(argv[5])));
  const std::chrono::duration<double> took = steady_clock::now() - start;
  fmt::print(R"({{"replies":{},"octets":{},"lost":{},"seconds":{:.3f},"noerror":{},"nxdomain":{}}})"
             "\n",
             counts.replies,
             counts.octets,
             counts.lost,
             took.count(),
             counts.rcodes[0],
             counts.rcodes[3]);
}
