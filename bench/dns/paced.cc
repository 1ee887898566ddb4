// Asks a server at a steady rate, whatever it answers, and times the answers from when their
// queries were due: who falls behind isn't spared. One thread; pin it away from who is measured.
//
// dns_paced ADDRESS PORT QUERIES RATE SECONDS
#include <arpa/inet.h>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "bench/dns/queries.h"

namespace {

using std::chrono::steady_clock;
using Instant = steady_clock::time_point;

constexpr std::size_t kFlows = 8;  // Sockets, so that a server sees more than one client.
constexpr std::chrono::seconds kPatience{1};  // For the last answers.

class Paced {
 public:
  Paced(const sockaddr_in& server, std::vector<bench::Query> queries, double rate)
      : queries_(std::move(queries)), rate_(rate) {
    for (int& fd : flows_) {
      fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
        std::perror("connect");
        std::exit(1);
      }
      epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
  }

  void run(double seconds) {
    start_ = steady_clock::now();
    const auto count = static_cast<std::size_t>(rate_ * seconds);
    microseconds_.reserve(count);
    while (sent_ < count) {
      while (sent_ < count && due(sent_) <= steady_clock::now()) ask();
      receive(due(sent_) - steady_clock::now());
    }
    const Instant end = steady_clock::now() + kPatience;
    while (microseconds_.size() < sent_ && steady_clock::now() < end) receive(kPatience);
  }

  void print() {
    fmt::print(R"({{"sent":{},"replies":{},"p50_us":{:.1f},"p99_us":{:.1f},"p99.9_us":{:.1f}}})"
               "\n",
               sent_,
               microseconds_.size(),
               percentile(0.5),
               percentile(0.99),
               percentile(0.999));
  }

 private:
  Instant due(std::size_t number) const {
    const std::chrono::duration<double> after(static_cast<double>(number) / rate_);
    return start_ + std::chrono::duration_cast<steady_clock::duration>(after);
  }

  /// An id is its own again after 65,536 queries; by then the answer has come or never will.
  void ask() {
    bench::Query& query = queries_[sent_ % queries_.size()];
    const auto id = static_cast<std::uint16_t>(sent_);
    bench::set_id(query, id);
    asked_[id] = due(sent_);
    send(flows_[sent_ % kFlows], query.data(), query.size(), 0);
    ++sent_;
  }

  void receive(steady_clock::duration patience) {
    const auto left = std::max<long>(patience.count(), 0);
    const timespec limit{left / 1'000'000'000, left % 1'000'000'000};
    std::array<epoll_event, kFlows> events;
    const int count = epoll_pwait2(epoll_, events.data(), kFlows, &limit, nullptr);
    for (int i = 0; i < count; ++i) read_all(events[static_cast<std::size_t>(i)].data.fd);
  }

  void read_all(int fd) {
    std::array<unsigned char, 4096> reply;
    while (recv(fd, reply.data(), reply.size(), 0) > 2) {
      const auto id = static_cast<std::size_t>(reply[0] << 8 | reply[1]);
      const std::chrono::duration<float, std::micro> took = steady_clock::now() - asked_[id];
      microseconds_.push_back(took.count());
    }
  }

  float percentile(double share) {
    if (microseconds_.empty()) return 0;
    const auto place =
        static_cast<std::ptrdiff_t>(share * static_cast<double>(microseconds_.size() - 1));
    std::nth_element(microseconds_.begin(), microseconds_.begin() + place, microseconds_.end());
    return microseconds_[static_cast<std::size_t>(place)];
  }

  std::vector<bench::Query> queries_;
  const double rate_;
  Instant start_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::array<int, kFlows> flows_{};
  std::array<Instant, 65536> asked_{};
  std::size_t sent_ = 0;
  std::vector<float> microseconds_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: dns_paced ADDRESS PORT QUERIES RATE SECONDS\n");
    return 2;
  }
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  const auto paced =
      std::make_unique<Paced>(server, bench::read_queries(argv[3]), std::atof(argv[4]));
  paced->run(std::atof(argv[5]));
  paced->print();
}
