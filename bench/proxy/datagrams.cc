// Clients of a UDP service that sends back what it gets: so many flows, each of which sends a
// burst, waits until it is back, and sends the next. Counts what comes back. One thread; pin it
// away from who is measured.
//
// proxy_datagrams ADDRESS PORT key=value...
//   flows=1       at a time, each from a port of its own
//   burst=32      datagrams of a flow under way
//   octets=1200   of a datagram
//   segments=0    1: a burst goes through the kernel as one piece (UDP_SEGMENT, UDP_GRO), as QUIC's
//   seconds=2     how long
//   requests=0    or until so many are back; 0: no such limit
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

using std::chrono::steady_clock;

constexpr unsigned kMostBurst = 64;
constexpr std::size_t kMostOctets = 1472;
constexpr std::size_t kMostPiece = std::size_t{64} << 10;
/// After so long without a datagram those that are missing count as lost.
constexpr int kPatienceMs = 50;

struct Plan {
  sockaddr_in server{};
  std::size_t flows = 1;
  unsigned burst = 32;
  std::size_t octets = 1200;
  bool segments = false;
  double seconds = 2;
  std::size_t requests = 0;
};

struct Report {
  std::size_t sent = 0;
  std::size_t answered = 0;
};

std::array<char, kMostPiece> outgoing;
std::array<std::array<char, kMostPiece>, kMostBurst> incoming;

class Flows {
 public:
  explicit Flows(const Plan& plan) : plan_(plan) {
    for (std::size_t i = 0; i < plan.flows; ++i) polled_.push_back({open_flow(), POLLIN, 0});
    for (unsigned i = 0; i < kMostBurst; ++i) {
      pieces_[i] = {outgoing.data(), plan.octets};
      out_[i].msg_hdr.msg_iov = &pieces_[i];
      out_[i].msg_hdr.msg_iovlen = 1;
      rooms_[i] = {incoming[i].data(), kMostPiece};
      in_[i].msg_hdr.msg_iov = &rooms_[i];
      in_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  Report run() {
    start_ = steady_clock::now();
    while (!is_over()) {
      for (const pollfd& flow : polled_) send_burst(flow.fd);
      collect();
    }
    return report_;
  }

 private:
  /// On a busy machine the first answer may take longer than the time there is.
  bool is_over() const {
    if (plan_.requests > 0 && report_.answered >= plan_.requests) return true;
    const std::chrono::duration<double> elapsed = steady_clock::now() - start_;
    return report_.answered > 0 && elapsed.count() >= plan_.seconds;
  }

  int open_flow() const {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int segment = static_cast<int>(plan_.octets);
    const int yes = 1;
    if (plan_.segments) {
      setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
      setsockopt(fd, SOL_UDP, UDP_GRO, &yes, sizeof yes);
    }
    const auto* server = reinterpret_cast<const sockaddr*>(&plan_.server);
    if (connect(fd, server, sizeof plan_.server) != 0) std::perror("connect");
    return fd;
  }

  void send_burst(int fd) {
    if (plan_.segments) {
      const ssize_t count = send(fd, outgoing.data(), plan_.burst * plan_.octets, 0);
      if (count > 0) report_.sent += static_cast<std::size_t>(count) / plan_.octets;
    } else {
      const int count = sendmmsg(fd, out_.data(), plan_.burst, 0);
      if (count > 0) report_.sent += static_cast<std::size_t>(count);
    }
  }

  /// Until all is back that was sent, or nothing comes any more.
  void collect() {
    for (std::size_t left = plan_.flows * plan_.burst; left > 0;) {
      if (poll(polled_.data(), polled_.size(), kPatienceMs) <= 0) return;
      for (const pollfd& flow : polled_) {
        if ((flow.revents & POLLIN) == 0) continue;
        const int count = recvmmsg(flow.fd, in_.data(), kMostBurst, MSG_DONTWAIT, nullptr);
        std::size_t came = 0;
        for (int i = 0; i < count; ++i) {
          came += (in_[static_cast<std::size_t>(i)].msg_len + plan_.octets - 1) / plan_.octets;
        }
        report_.answered += came;
        left -= std::min(left, came);
      }
    }
  }

  const Plan plan_;
  Report report_;
  steady_clock::time_point start_;
  std::vector<pollfd> polled_;
  std::array<iovec, kMostBurst> pieces_{};
  std::array<iovec, kMostBurst> rooms_{};
  std::array<mmsghdr, kMostBurst> out_{};
  std::array<mmsghdr, kMostBurst> in_{};
};

Plan read_plan(int argc, char** argv) {
  std::map<std::string, double> values;
  for (int i = 3; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t sign = word.find('=');
    if (sign != std::string::npos) values[word.substr(0, sign)] = std::atof(argv[i] + sign + 1);
  }
  const auto value = [&](const char* key, double fallback) {
    return values.contains(key) ? values[key] : fallback;
  };
  Plan plan;
  plan.server.sin_family = AF_INET;
  plan.server.sin_port = htons(static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0));
  inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1", &plan.server.sin_addr);
  plan.flows = static_cast<std::size_t>(value("flows", 1));
  plan.burst = std::clamp(static_cast<unsigned>(value("burst", 32)), 1U, kMostBurst);
  plan.octets =
      std::clamp<std::size_t>(static_cast<std::size_t>(value("octets", 1200)), 1, kMostOctets);
  plan.segments = value("segments", 0) > 0 && plan.burst * plan.octets <= 65000;
  plan.seconds = value("seconds", 2);
  plan.requests = static_cast<std::size_t>(value("requests", 0));
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = read_plan(argc, argv);
  const auto began = steady_clock::now();
  const Report report = Flows(plan).run();
  const std::chrono::duration<double> took = steady_clock::now() - began;
  fmt::print("{{\"sent\": {}, \"answered\": {}, \"failed\": 0, \"seconds\": {:.3f}}}\n",
             report.sent,
             report.answered,
             took.count());
}
