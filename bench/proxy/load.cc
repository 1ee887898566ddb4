// Clients of a TCP service: so many connections, each with one request under way, on and on or at a
// given rate. Counts and times what comes back. One thread; pin it away from who is measured.
//
// proxy_load ADDRESS PORT key=value...
//   connections=64   at a time
//   request=128      octets of a request
//   answer=1024      octets of its answer
//   close=0          1: a connection for each request, which the backend ends
//   seconds=2        how long
//   requests=0       or how many; 0: no such limit
//   rate=0           requests a second, timed from when they were due; 0: as many as go
//   hold=0           1: one request on each connection, then wait for the end of standard input
//   slow=0           1: as hold, but nobody waits for the answers: they are read in drops
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/proxy/request.h"

namespace {

using std::chrono::steady_clock;
using Instant = steady_clock::time_point;

std::array<char, 256 << 10> scratch;

struct Plan {
  sockaddr_in server{};
  std::size_t connections = 64;
  bench::Request request{128, 1024, 0};
  double seconds = 2;
  std::size_t requests = 0;
  double rate = 0;
  bool holds = false;
  bool slow = false;
};

struct Report {
  std::size_t begun = 0;
  std::size_t answered = 0;
  std::size_t connected = 0;
  std::size_t failed = 0;
  std::vector<float> microseconds;

  double percentile(double share) {
    if (microseconds.empty()) return 0;
    const auto place =
        static_cast<std::ptrdiff_t>(share * static_cast<double>(microseconds.size() - 1));
    std::nth_element(microseconds.begin(), microseconds.begin() + place, microseconds.end());
    return static_cast<double>(microseconds[static_cast<std::size_t>(place)]);
  }
};

/// One client, with one connection after another.
struct Client {
  int fd = -1;
  std::size_t to_send = 0;
  std::size_t to_read = 0;
  bool busy = false;  // A request is under way, or the end of its connection.
  Instant asked;
};

class Load {
 public:
  explicit Load(const Plan& plan)
      : plan_(plan),
        clients_(plan.connections),
        payload_(std::max<std::size_t>(plan.request.bytes, 1)) {
    std::memcpy(payload_.data(), &plan_.request, sizeof plan_.request);
    report_.microseconds.reserve(1 << 22);
  }

  Report& run() {
    start_ = steady_clock::now();
    for (std::size_t i = 0; i < clients_.size(); ++i) idle_.push_back(i);
    while (!is_over()) {
      begin_due();
      const timespec patience = until_next();
      const int count = epoll_pwait2(
          epoll_, events_.data(), static_cast<int>(events_.size()), &patience, nullptr);
      for (int i = 0; i < count; ++i) on_event(events_[static_cast<std::size_t>(i)].data.u64);
    }
    return report_;
  }

  /// Each client reads a drop, every tenth of a second, until standard input ends.
  void dawdle() {
    pollfd end{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (poll(&end, 1, 100) == 0) {
      for (const Client& client : clients_) recv(client.fd, scratch.data(), 1024, MSG_DONTWAIT);
    }
  }

 private:
  bool is_over() const {
    if (plan_.slow) return asked_ >= clients_.size();
    if (plan_.holds) return report_.answered + report_.failed >= clients_.size();
    const bool enough = plan_.requests > 0 && report_.answered + report_.failed >= plan_.requests;
    // On a busy machine the first answer may take longer than that.
    const bool any = report_.answered + report_.failed > 0;
    return enough || (any && elapsed() >= plan_.seconds);
  }
  double elapsed() const {
    return std::chrono::duration<double>(steady_clock::now() - start_).count();
  }
  Instant due(std::size_t number) const {
    if (plan_.rate == 0) return steady_clock::now();
    const std::chrono::duration<double> after(static_cast<double>(number) / plan_.rate);
    return start_ + std::chrono::duration_cast<steady_clock::duration>(after);
  }

  /// Who is late is late by its own fault: the time of a request counts from when it was due.
  void begin_due() {
    while (!idle_.empty() && (plan_.requests == 0 || report_.begun < plan_.requests)) {
      const Instant when = due(report_.begun);
      if (when > steady_clock::now()) return;
      const std::size_t next = idle_.back();
      idle_.pop_back();
      ++report_.begun;
      begin(next, when);
    }
  }
  timespec until_next() const {
    constexpr long kLongest = 100'000'000;  // Nanoseconds.
    if (plan_.rate == 0 || idle_.empty()) return {0, kLongest};
    const auto left = (due(report_.begun) - steady_clock::now()).count();
    return {0, std::clamp<long>(left, 0, kLongest)};
  }

  void begin(std::size_t index, Instant when) {
    Client& client = clients_[index];
    client.asked = when;
    client.busy = true;
    client.to_send = plan_.request.bytes;
    client.to_read = plan_.request.answer_bytes;
    if (client.fd < 0) return connect(index);
    go_on(index);
  }
  void connect(std::size_t index) {
    Client& client = clients_[index];
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int done =
        ::connect(client.fd, reinterpret_cast<const sockaddr*>(&plan_.server), sizeof plan_.server);
    if (client.fd < 0 || (done != 0 && errno != EINPROGRESS)) return fail(index);
    ++report_.connected;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
  }
  void on_event(std::size_t index) {
    if (clients_[index].busy) go_on(index);
  }
  void go_on(std::size_t index) {
    if (ask(index) && !plan_.slow) read_answer(index);
  }
  /// True once the request is out.
  bool ask(std::size_t index) {
    Client& client = clients_[index];
    while (client.to_send > 0) {
      const std::size_t from = plan_.request.bytes - client.to_send;
      const ssize_t sent = send(client.fd, payload_.data() + from, client.to_send, MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
      if (sent < 0) return fail(index), false;
      client.to_send -= static_cast<std::size_t>(sent);
      if (client.to_send == 0) ++asked_;
    }
    return true;
  }
  void read_answer(std::size_t index) {
    Client& client = clients_[index];
    while (client.busy) {
      const ssize_t got = recv(client.fd, scratch.data(), scratch.size(), 0);
      if (got < 0 && errno == EAGAIN) return;
      if (got < 0 || (got == 0 && (client.to_read > 0 || plan_.request.closes == 0)))
        return fail(index);
      client.to_read -= std::min(client.to_read, static_cast<std::size_t>(got));
      if (client.to_read == 0 && (plan_.request.closes == 0 || got == 0)) finish(index);
    }
  }
  void finish(std::size_t index) {
    Client& client = clients_[index];
    ++report_.answered;
    const std::chrono::duration<float, std::micro> took = steady_clock::now() - client.asked;
    report_.microseconds.push_back(took.count());
    client.busy = false;
    if (plan_.request.closes != 0) hang_up(client);
    if (!plan_.holds) idle_.push_back(index);
  }
  void fail(std::size_t index) {
    ++report_.failed;
    clients_[index].busy = false;
    hang_up(clients_[index]);
    idle_.push_back(index);
  }
  static void hang_up(Client& client) {
    if (client.fd >= 0) close(client.fd);
    client.fd = -1;
  }

  const Plan plan_;
  Instant start_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::array<epoll_event, 256> events_{};
  std::vector<Client> clients_;
  std::vector<std::size_t> idle_;
  std::vector<char> payload_;
  std::size_t asked_ = 0;
  Report report_;
};

Plan read_plan(int argc, char** argv) {
  Plan plan;
  plan.server.sin_family = AF_INET;
  plan.server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  inet_pton(AF_INET, argv[1], &plan.server.sin_addr);
  std::map<std::string, double, std::less<>> values;
  for (const std::string_view word : std::vector<std::string_view>(argv + 3, argv + argc)) {
    const std::size_t equals = word.find('=');
    values[std::string(word.substr(0, equals))] = std::atof(word.data() + equals + 1);
  }
  const auto take = [&values](std::string_view key, auto& into) {
    const auto found = values.find(key);
    if (found != values.end())
      into = static_cast<std::remove_reference_t<decltype(into)>>(found->second);
  };
  take("connections", plan.connections);
  take("request", plan.request.bytes);
  take("answer", plan.request.answer_bytes);
  take("close", plan.request.closes);
  take("seconds", plan.seconds);
  take("requests", plan.requests);
  take("rate", plan.rate);
  take("hold", plan.holds);
  take("slow", plan.slow);
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: proxy_load ADDRESS PORT [key=value ...]\n");
    return 2;
  }
  const Plan plan = read_plan(argc, argv);
  Load load(plan);
  const auto start = steady_clock::now();
  Report& report = load.run();
  const std::chrono::duration<double> took = steady_clock::now() - start;
  fmt::print(
      R"({{"answered":{},"connected":{},"failed":{},"seconds":{:.4f},"p50_us":{:.1f},"p99_us":{:.1f},"p99.9_us":{:.1f}}})"
      "\n",
      report.answered,
      report.connected,
      report.failed,
      took.count(),
      report.percentile(0.5),
      report.percentile(0.99),
      report.percentile(0.999));
  std::fflush(stdout);
  if (plan.holds) std::getchar();
  if (plan.slow) load.dawdle();
}
