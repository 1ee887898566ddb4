#include "dnsd/forward/ares_network.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "config/settings.h"
#include "tests/dnsd/forward/replies.h"
#include "tests/dnsd/server/clients.h"

namespace dnsd {
namespace {

using testing::question;
using Octets = std::vector<std::uint8_t>;

/// An upstream on a thread of its own. Answers every question with an address; over UDP those whose
/// name begins with "t" with TC.
class Upstream {
 public:
  enum class Mood : bool { Helpful, Silent };

  explicit Upstream(Mood mood = Mood::Helpful) : mood_(mood) {
    EXPECT_EQ(listen(tcp_.get(), 16), 0);
    udp_thread_ = std::thread([this] { serve_udp(); });
    tcp_thread_ = std::thread([this] { serve_tcp(); });
  }
  ~Upstream() {
    ending_ = true;
    shutdown(udp_.get(), SHUT_RDWR);
    shutdown(tcp_.get(), SHUT_RDWR);
    udp_thread_.join();
    tcp_thread_.join();
  }

  common::SocketAddress address() const { return testing::address_of(udp_); }
  std::set<std::uint16_t> ports() const {  // Of those who asked.
    const std::lock_guard lock(mutex_);
    return ports_;
  }

 private:
  static common::UniqueFd bound(int type, const common::SocketAddress& address) {
    common::UniqueFd made(socket(AF_INET, type, 0));
    sockaddr_storage storage{};
    const socklen_t length = address.to_sockaddr(storage);
    EXPECT_EQ(bind(made.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
    return made;
  }

  static Octets reply_to(std::span<const std::uint8_t> query, bool is_tcp) {
    Reader reader(query, Header::kSize);
    const std::string owner = Name::parse(reader)->to_text();
    Octets reply = testing::make_reply(query, {.answers = {testing::a_record(owner, 60)}});
    if (!is_tcp && (owner[0] | 0x20) == 't') reply[2] |= 0x02;
    return reply;
  }

  void serve_udp() {
    std::array<std::uint8_t, 4096> buffer{};
    sockaddr_storage peer{};
    while (!ending_) {
      socklen_t length = sizeof peer;
      const ssize_t size = recvfrom(
          udp_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length);
      if (size <= 0) continue;
      {
        const std::lock_guard lock(mutex_);
        ports_.insert(common::SocketAddress::from(peer).port);
      }
      if (mood_ == Mood::Silent) continue;
      const Octets reply = reply_to(std::span(buffer).first(static_cast<std::size_t>(size)), false);
      sendto(udp_.get(),
             reply.data(),
             reply.size(),
             0,
             reinterpret_cast<const sockaddr*>(&peer),
             length);
    }
  }

  void serve_tcp() {
    while (!ending_) {
      const common::UniqueFd client(accept(tcp_.get(), nullptr, nullptr));
      std::array<std::uint8_t, 4096> buffer{};
      const ssize_t size = recv(client.get(), buffer.data(), buffer.size(), 0);
      if (size <= 2) continue;
      const Octets reply =
          reply_to(std::span(buffer).first(static_cast<std::size_t>(size)).subspan(2), true);
      const std::array<std::uint8_t, 2> length{static_cast<std::uint8_t>(reply.size() >> 8U),
                                               static_cast<std::uint8_t>(reply.size())};
      send(client.get(), length.data(), length.size(), MSG_NOSIGNAL);
      send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }
  }

  const Mood mood_;
  common::UniqueFd tcp_ = bound(SOCK_STREAM, {common::IpAddress::v4(INADDR_LOOPBACK), 0});
  common::UniqueFd udp_ = bound(SOCK_DGRAM, testing::address_of(tcp_));
  std::atomic<bool> ending_{false};
  mutable std::mutex mutex_;
  std::set<std::uint16_t> ports_;
  std::thread udp_thread_;
  std::thread tcp_thread_;
};

/// A forwarder on the test's own thread.
class Forwarding {
 public:
  explicit Forwarding(const std::vector<common::SocketAddress>& upstreams)
      : policy_(policy_for(upstreams)) {
    network_.attach(logic_);
  }

  void ask(const std::string& name) {
    ++waiting_;
    const auto done = [this](const ForwardAnswer& answer) {
      if (answer.resolved.answers == 1) ++answered_;
      if (--waiting_ == 0) loop_->stop();
    };
    const auto client = common::IpAddress::v4(INADDR_LOOPBACK);
    logic_.ask(question(name), client, done, std::chrono::steady_clock::now());
  }
  /// Until everybody has been told something; how many were told an address.
  int run() {
    loop_->run();
    return answered_;
  }

 private:
  static ForwardPolicy policy_for(const std::vector<common::SocketAddress>& upstreams) {
    config::Dns options;
    options.forward_to = upstreams;
    ForwardPolicy policy;
    policy.routes = ForwardRoutes(options);
    policy.timeout = std::chrono::seconds{20};
    return policy;
  }

  std::unique_ptr<common::EventLoop> loop_ = common::EventLoop::create().value();
  const ForwardPolicy policy_;
  AresNetwork network_{*loop_};
  ForwardCounters counters_{policy_.routes.upstreams().size()};
  ForwardLogic logic_{policy_, network_, counters_};
  int waiting_ = 0;
  int answered_ = 0;
};

common::SocketAddress nobody() { return testing::address_of(testing::bound_socket(SOCK_DGRAM)); }

TEST(AresNetwork, AsksOverUdp) {
  const Upstream upstream;
  Forwarding forwarding({upstream.address()});
  forwarding.ask("www.example");
  EXPECT_EQ(forwarding.run(), 1);
}

TEST(AresNetwork, FetchesOverTcpWhatIsTruncated) {
  const Upstream upstream;
  Forwarding forwarding({upstream.address()});
  forwarding.ask("truncated.example");
  EXPECT_EQ(forwarding.run(), 1);
}

TEST(AresNetwork, AsksEveryQuestionFromAPortOfItsOwn) {
  std::set<std::uint16_t> ports;
  {
    const Upstream upstream;
    Forwarding forwarding({upstream.address()});
    for (int i = 0; i < 200; ++i) forwarding.ask("n" + std::to_string(i) + ".example");
    EXPECT_EQ(forwarding.run(), 200);
    ports = upstream.ports();
  }
  EXPECT_GT(ports.size(), 150U);  // The kernel may give one again.
}

TEST(AresNetwork, GoesOnWhenNobodyListens) {
  const Upstream upstream;
  Forwarding forwarding({nobody(), upstream.address()});
  for (int i = 0; i < 20; ++i) forwarding.ask("n" + std::to_string(i) + ".example");
  EXPECT_EQ(forwarding.run(), 20);
}

TEST(AresNetwork, CallsOffWhatIsNotNeededAnyMore) {
  const Upstream silent(Upstream::Mood::Silent);
  const Upstream upstream;
  Forwarding forwarding({silent.address(), upstream.address()});
  for (int i = 0; i < 20; ++i) forwarding.ask("n" + std::to_string(i) + ".example");
  EXPECT_EQ(forwarding.run(), 20);
}

TEST(AresNetwork, SaysSoWhenThereIsNobodyAtAll) {
  Forwarding forwarding({nobody()});
  forwarding.ask("www.example");
  EXPECT_EQ(forwarding.run(), 0);
}

TEST(AresNetwork, EndsWithQueriesUnderWay) {
  const Upstream silent(Upstream::Mood::Silent);
  Forwarding forwarding({silent.address()});
  for (int i = 0; i < 20; ++i) forwarding.ask("n" + std::to_string(i) + ".example");
}

}  // namespace
}  // namespace dnsd
