#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

using common::IpAddress;

/// A datagram socket of a test on a port of its own.
class UdpSocket {
 public:
  explicit UdpSocket(const IpAddress& ip = kLoopback)
      : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage storage;
    const socklen_t length = SocketAddress{ip, 0}.to_sockaddr(storage);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    socklen_t size = sizeof storage;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size);
    address_ = SocketAddress::from(storage);
  }
  const SocketAddress& address() const { return address_; }

  void send(const SocketAddress& to, std::string_view bytes) {
    sockaddr_storage storage;
    const socklen_t length = to.to_sockaddr(storage);
    EXPECT_EQ(sendto(fd_.get(),
                     bytes.data(),
                     bytes.size(),
                     0,
                     reinterpret_cast<sockaddr*>(&storage),
                     length),
              static_cast<ssize_t>(bytes.size()));
  }
  /// What the kernel cuts into datagrams of that size.
  void send_burst(const SocketAddress& to, std::string_view bytes, int size) {
    EXPECT_EQ(setsockopt(fd_.get(), SOL_UDP, UDP_SEGMENT, &size, sizeof size), 0);
    send(to, bytes);
    size = 0;
    EXPECT_EQ(setsockopt(fd_.get(), SOL_UDP, UDP_SEGMENT, &size, sizeof size), 0);
  }
  /// Waits for the next datagram; `from` is then who sent it. "(nothing)" after 20 seconds.
  std::string receive() {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (poll(&waiting, 1, 20000) != 1) return "(nothing)";
    std::string bytes(70000, '\0');
    sockaddr_storage storage;
    socklen_t length = sizeof storage;
    const ssize_t count = recvfrom(
        fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&storage), &length);
    if (count < 0) return "(error)";
    from = SocketAddress::from(storage);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  void answer(std::string_view bytes) { send(from, bytes); }
  bool has_something() const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return poll(&waiting, 1, 0) == 1;
  }
  void close() { fd_.reset(); }

  SocketAddress from;

 private:
  UniqueFd fd_;
  SocketAddress address_;
};

/// A free UDP port of a loopback address, so that a VIP can have it.
SocketAddress free_port(const IpAddress& ip = IpAddress::v4(0x7f000003)) {
  return UdpSocket(ip).address();
}

watcher::Vip udp_vip(const SocketAddress& address, std::vector<Backend> backends) {
  watcher::Vip vip = vip_at(address, std::move(backends));
  vip.id.protocol = watcher::Protocol::Udp;
  std::sort(vip.backends.begin(), vip.backends.end());
  return vip;
}

config::Vip udp_options() {
  config::Vip options = Proxy::options();
  options.workers = 1;
  options.udp_sessions = 100;
  options.udp_idle_timeout = milliseconds(60000);
  return options;
}

class Udp : public testing::Test {
 protected:
  explicit Udp(const config::Vip& options = udp_options()) : proxy_(options) {}
  void serve(std::vector<Backend> backends) { proxy_.serve({udp_vip(vip_, std::move(backends))}); }
  double count(const std::string& name, const std::string& more = "") const {
    return proxy_.value("signpost_vipd_" + name + "{vip=\"" + vip_.to_string() + "/udp\"" + more +
                        "}");
  }

  const SocketAddress vip_ = free_port();
  UdpSocket client_, backend_;
  Proxy proxy_;
};

/// Octets 0 to 9999 of the pattern, cut as they were sent.
std::vector<std::string> pieces(const std::string& bytes, std::size_t size) {
  std::vector<std::string> cut;
  for (std::size_t at = 0; at < bytes.size(); at += size) cut.push_back(bytes.substr(at, size));
  return cut;
}

TEST_F(Udp, PassesBurstsOnAsTheDatagramsTheyAre) {
  serve({backend_at(backend_.address())});
  double sent = 0;
  for (const std::size_t size : {100UL, 999UL, 1200UL, 9999UL, 10000UL}) {
    const std::string bytes = pattern(10000 - size % 7);
    for (int burst = 0; burst < 2; ++burst) {
      client_.send_burst(vip_, bytes, static_cast<int>(size));
      sent += static_cast<double>(pieces(bytes, size).size());
    }
    for (int burst = 0; burst < 2; ++burst) {
      for (const std::string& piece : pieces(bytes, size)) EXPECT_EQ(backend_.receive(), piece);
    }
    backend_.send_burst(backend_.from, bytes, static_cast<int>(size));
    for (const std::string& piece : pieces(bytes, size)) EXPECT_EQ(client_.receive(), piece);
    EXPECT_EQ(client_.from, vip_);
  }
  EXPECT_EQ(count("datagrams_total", ",direction=\"upstream\""), sent);
}

TEST_F(Udp, KeepsDatagramsApartThatComeTogether) {
  serve({backend_at(backend_.address())});
  const std::vector<std::string> sent{
      "aaaa", "bbbb", "cc", "dddd", "", "eeee", "ffff", "ggggg", std::string(60000, 'h'), "i", "j"};
  for (int round = 0; round < 3; ++round) {
    for (const std::string& one : sent) client_.send(vip_, one);
    for (const std::string& one : sent) EXPECT_EQ(backend_.receive(), one);
    for (int i = 0; i < 20; ++i) backend_.answer(std::to_string(i));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client_.receive(), std::to_string(i));
  }
}

TEST_F(Udp, CarriesAnswersBackFromTheVipsOwnAddress) {
  serve({backend_at(backend_.address())});
  UdpSocket other_client;
  client_.send(vip_, "question");
  EXPECT_EQ(backend_.receive(), "question");
  const SocketAddress first = backend_.from;
  other_client.send(vip_, "other");
  EXPECT_EQ(backend_.receive(), "other");
  EXPECT_NE(backend_.from, first) << "a port for each client";
  backend_.answer("to the other");
  backend_.send(first, "answer");
  EXPECT_EQ(client_.receive(), "answer");
  EXPECT_EQ(client_.from, vip_);
  EXPECT_EQ(other_client.receive(), "to the other");
  EXPECT_EQ(other_client.from, vip_);
  EXPECT_EQ(count("connections"), 2);
  EXPECT_EQ(count("datagrams_total", ",direction=\"upstream\""), 2);
  EXPECT_TRUE(
      wait_until([&] { return count("datagrams_total", ",direction=\"downstream\"") == 2; }));
}

TEST_F(Udp, KeepsAClientWithItsBackend) {
  UdpSocket second;
  serve({backend_at(backend_.address()), backend_at(second.address())});
  for (int i = 0; i < 5; ++i) client_.send(vip_, "x");
  UdpSocket& chosen = backend_.address() < second.address() ? backend_ : second;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(chosen.receive(), "x");
  EXPECT_EQ(count("connections_total"), 1);
}

TEST_F(Udp, PassesDatagramsOnWholeWhateverTheirSize) {
  serve({backend_at(backend_.address())});
  for (const std::size_t size : {0U, 1U, 1472U, 1473U, 9000U, 65507U}) {
    const std::string bytes = pattern(size);
    client_.send(vip_, bytes);
    EXPECT_TRUE(backend_.receive() == bytes) << size;
    backend_.answer(bytes);
    EXPECT_TRUE(client_.receive() == bytes) << size;
  }
  EXPECT_EQ(count("datagrams_dropped_total"), 0);
}

TEST_F(Udp, PassesManyOnInOrder) {
  serve({backend_at(backend_.address())});
  for (int i = 0; i < 200; ++i) client_.send(vip_, std::to_string(i));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(backend_.receive(), std::to_string(i));
}

TEST_F(Udp, GoesElsewhereWhenABackendIsGone) {
  UdpSocket second;
  serve({backend_at(backend_.address())});
  client_.send(vip_, "one");
  EXPECT_EQ(backend_.receive(), "one");
  serve({backend_at(second.address())});
  client_.send(vip_, "two");
  EXPECT_EQ(second.receive(), "two");
  second.answer("answer");
  EXPECT_EQ(client_.receive(), "answer");
  EXPECT_EQ(count("connections_total"), 1) << "the same flow, with another backend";
}

TEST_F(Udp, GoesElsewhereWhenABackendFailsItsChecks) {
  UdpSocket second;
  serve({backend_at(backend_.address())});
  client_.send(vip_, "one");
  EXPECT_EQ(backend_.receive(), "one");
  serve({backend_at(backend_.address(), BackendState::Failing), backend_at(second.address())});
  client_.send(vip_, "two");
  EXPECT_EQ(second.receive(), "two");
}

TEST_F(Udp, StaysWithABackendThatDrains) {
  UdpSocket second;
  serve({backend_at(backend_.address())});
  client_.send(vip_, "one");
  EXPECT_EQ(backend_.receive(), "one");
  serve({backend_at(backend_.address(), BackendState::Draining), backend_at(second.address())});
  client_.send(vip_, "two");
  EXPECT_EQ(backend_.receive(), "two");
  UdpSocket newcomer;
  newcomer.send(vip_, "new");
  EXPECT_EQ(second.receive(), "new");
}

TEST_F(Udp, GoesElsewhereWhenABackendRefuses) {
  UdpSocket second;
  const SocketAddress dead = backend_.address();
  backend_.close();
  serve({backend_at(dead), backend_at(second.address())});
  // Round robin: of two clients one meets the dead backend. It loses one datagram, and no more.
  UdpSocket other;
  for (UdpSocket* client : {&client_, &other}) client->send(vip_, "lost?");
  EXPECT_EQ(second.receive(), "lost?");
  EXPECT_TRUE(
      wait_until([&] { return count("connect_failures_total", ",cause=\"refused\"") == 1; }));
  for (UdpSocket* client : {&client_, &other}) client->send(vip_, "found");
  EXPECT_EQ(second.receive(), "found");
  EXPECT_EQ(second.receive(), "found");
  EXPECT_FALSE(client_.has_something()) << "the client hears nothing of it";
}

TEST_F(Udp, GoesElsewhereWhenThisHostCannotReachABackend) {
  // Broadcast: connect() fails at once, as it does when no source port is left.
  serve({backend_at({IpAddress::v4(0xffffffffU), 80}), backend_at(backend_.address())});
  UdpSocket other;
  for (UdpSocket* client : {&client_, &other}) {
    client->send(vip_, "hello");
    EXPECT_EQ(backend_.receive(), "hello");
  }
  EXPECT_GE(count("connect_failures_total", ",cause=\"local\"") +
                count("connect_failures_total", ",cause=\"unreachable\""),
            1);
  EXPECT_EQ(count("ejections_total"), 0);
}

TEST_F(Udp, DropsWhatNobodyTakes) {
  serve({});
  client_.send(vip_, "x");
  EXPECT_TRUE(wait_until([&] { return count("datagrams_dropped_total") == 1; }));
}

TEST_F(Udp, EndsItsFlowsWithTheVip) {
  serve({backend_at(backend_.address())});
  client_.send(vip_, "one");
  EXPECT_EQ(backend_.receive(), "one");
  proxy_.serve({});
  EXPECT_TRUE(wait_until([&] { return proxy_.value("signpost_vipd_vips") == 0; }));
  EXPECT_EQ(proxy_.ended("drained"), 1);
  serve({backend_at(backend_.address())});
  client_.send(vip_, "again");
  EXPECT_EQ(backend_.receive(), "again");
}

class ShortUdp : public Udp {
 protected:
  static config::Vip options() {
    config::Vip options = udp_options();
    options.udp_sessions = 2;
    options.udp_answer_timeout = milliseconds(100);
    return options;
  }
  ShortUdp() : Udp(options()) {}
};

TEST_F(ShortUdp, EndsAFlowSoonAfterItsAnswer) {
  UdpSocket second;
  serve({backend_at(backend_.address()), backend_at(second.address())});
  UdpSocket& first = backend_.address() < second.address() ? backend_ : second;
  UdpSocket& next = &first == &backend_ ? second : backend_;
  client_.send(vip_, "question");
  EXPECT_EQ(first.receive(), "question");
  first.answer("answer");
  EXPECT_EQ(client_.receive(), "answer");
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("idle") == 1; }));
  client_.send(vip_, "question");
  EXPECT_EQ(next.receive(), "question") << "a new flow, a new choice";
  EXPECT_EQ(count("connections_total"), 2);
}

class LoggedUdp : public Udp {
 protected:
  static config::Vip options() {
    config::Vip options = udp_options();
    options.access_log = 100;
    return options;
  }
  LoggedUdp() : Udp(options()) {}
};

TEST_F(LoggedUdp, LeavesALineForEachFlow) {
  testing::internal::CaptureStderr();
  serve({backend_at(backend_.address())});
  client_.send(vip_, "question");
  EXPECT_EQ(backend_.receive(), "question");
  backend_.answer("an answer");
  EXPECT_EQ(client_.receive(), "an answer");
  proxy_.serve({});
  const std::string text = testing::internal::GetCapturedStderr();
  const std::string expected = "session vip=" + vip_.to_string() +
                               "/udp client=" + client_.address().to_string() +
                               " backend=" + backend_.address().to_string() +
                               " app=/app tries=1 cause=drained bytes_upstream=8 "
                               "bytes_downstream=9 first_byte_ms=";
  EXPECT_NE(text.find(expected), std::string::npos) << text;
}

TEST_F(ShortUdp, MakesRoomByForgettingWhoWasSilentLongest) {
  serve({backend_at(backend_.address())});
  UdpSocket second, third;
  for (UdpSocket* client : {&client_, &second, &client_, &third}) {
    client->send(vip_, "x");
    EXPECT_EQ(backend_.receive(), "x");
  }
  EXPECT_EQ(proxy_.ended("evicted"), 1);
  EXPECT_EQ(count("connections"), 2);
  client_.send(vip_, "still the same flow");
  EXPECT_EQ(backend_.receive(), "still the same flow");
  EXPECT_EQ(count("connections_total"), 3);
}

}  // namespace
}  // namespace vipd
