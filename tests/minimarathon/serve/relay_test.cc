#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>

#include "minimarathon/serve/sockets.h"
#include "minimarathon/serve/tcp_relay.h"
#include "minimarathon/serve/udp_relay.h"
#include "tests/http/loop.h"

namespace minimarathon::serve {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;
using common::UniqueFd;
using http::loopback;
using http::RawPeer;
using http::run_until;
using http::Tcp;

class TcpRelayTest : public testing::Test {
 protected:
  TcpRelayTest() : inside_(io_) {
    inside_.open(Tcp::v4());
    inside_.bind(loopback(0));
    outside_port_ = free_port();
    UniqueFd outside = bind_socket({{http::kAnyPort.ip, outside_port_}, Transport::Tcp}).value();
    relay_ = std::make_shared<TcpRelay>(io_, std::move(outside), inside_.local_endpoint().port());
    relay_->start();
  }

  /// A bridge's host ports are fixed ones: the kernel keeps those when the door shuts.
  std::uint16_t free_port() { return Tcp::acceptor(io_, loopback(0)).local_endpoint().port(); }

  void listen_inside() {
    inside_.listen();
    inside_.non_blocking(true);
    run_until(io_, [this] { return is_open(); });
    take();  // Two have come and gone: the relay's look, and ours through it.
  }
  bool is_open() {
    Tcp::socket socket(io_);
    error_code refused;
    socket.connect(loopback(outside_port_), refused);
    return !refused;
  }
  /// The next connection that carries something, or null.
  std::optional<RawPeer> take() {
    error_code none;
    Tcp::socket socket = inside_.accept(none);
    if (none) return std::nullopt;
    return RawPeer(std::move(socket));
  }
  /// A client and the connection inside that belongs to it.
  std::pair<RawPeer, RawPeer> connect() {
    RawPeer client = RawPeer::connect(io_, outside_port_);
    client.say("hello");
    std::optional<RawPeer> server;
    run_until(io_, [&] {
      if (auto next = take()) peers_.push_back(std::move(*next));
      for (RawPeer& peer : peers_) {
        if (peer.heard() == "hello") server.emplace(std::move(peer));
      }
      return server.has_value();
    });
    peers_.clear();
    return {std::move(client), std::move(*server)};
  }

  boost::asio::io_context io_;
  Tcp::acceptor inside_;
  std::uint16_t outside_port_ = 0;
  std::shared_ptr<TcpRelay> relay_;
  std::list<RawPeer> peers_;
};

TEST_F(TcpRelayTest, RefusesUntilTheInsideListens) {
  EXPECT_FALSE(is_open());
  io_.run_one();  // The first look.
  EXPECT_FALSE(is_open());
  listen_inside();
  EXPECT_TRUE(is_open());
}

TEST_F(TcpRelayTest, RefusesAgainWhenTheInsideHasClosedAndReopens) {
  listen_inside();
  const Tcp::endpoint endpoint = inside_.local_endpoint();
  inside_.close();
  run_until(io_, [this] { return !is_open(); });
  inside_.open(Tcp::v4());
  inside_.set_option(Tcp::acceptor::reuse_address(true));
  inside_.bind(endpoint);
  listen_inside();
  auto [client, server] = connect();
  server.say("back again");
  run_until(io_, [&client = client] { return client.heard() == "back again"; });
}

TEST_F(TcpRelayTest, CarriesMuchInBothDirections) {
  listen_inside();
  auto [client, server] = connect();
  const std::string much(4 << 20, 'x');
  for (RawPeer* const from : {&client, &server}) {
    boost::asio::async_write(from->socket(), boost::asio::buffer(much), [](error_code, auto) {});
  }
  run_until(io_, [&client = client, &much] { return client.heard().size() == much.size(); });
  run_until(io_, [&server = server, &much] { return server.heard().size() == 5 + much.size(); });
}

TEST_F(TcpRelayTest, ClosesEachDirectionOnItsOwn) {
  listen_inside();
  auto [client, server] = connect();
  client.close_half();
  run_until(io_, [&server = server] { return server.ended(); });
  EXPECT_FALSE(client.ended());
  server.say("the answer");
  server.close_half();
  run_until(io_, [&client = client] { return client.ended(); });
  EXPECT_EQ(client.heard(), "the answer");
  run_until(io_, [this] { return relay_->connections() == 0; });
}

TEST_F(TcpRelayTest, PassesAResetOn) {
  listen_inside();
  auto [client, server] = connect();
  server.reset();
  run_until(io_, [this] { return relay_->connections() == 0; });
  error_code code;
  std::array<char, 1> byte;
  client.socket().read_some(boost::asio::buffer(byte), code);
  EXPECT_EQ(code, boost::asio::error::connection_reset);
}

TEST_F(TcpRelayTest, ClosedItFinishesWhatIsOpen) {
  listen_inside();
  auto [client, server] = connect();
  relay_->close();
  EXPECT_FALSE(is_open());
  server.say("last words");
  server.close();
  run_until(io_, [&client = client] { return client.ended(); });
  EXPECT_EQ(client.heard(), "last words");
}

TEST_F(TcpRelayTest, MayBeLetGoWithTheLoop) {
  listen_inside();
  auto [client, server] = connect();
  relay_.reset();  // Handlers on the loop still hold it; the loop's end ends it.
}

class UdpRelayTest : public testing::Test {
 protected:
  static constexpr std::size_t kMaxClients = 8;

  UdpRelayTest() : inside_(io_, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    UniqueFd outside = bind_socket({http::kAnyPort, Transport::Udp}).value();
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(outside.get(), reinterpret_cast<sockaddr*>(&bound), &length);
    outside_ = udp::endpoint(boost::asio::ip::address_v4::loopback(),
                             common::SocketAddress::from(bound).port);
    relay_ = std::make_shared<UdpRelay>(
        io_, std::move(outside), inside_.local_endpoint().port(), kMaxClients);
    relay_->start();
    inside_.non_blocking(true);
  }

  udp::socket client() {
    udp::socket socket(io_, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    socket.non_blocking(true);
    return socket;
  }
  /// Runs the loop until a datagram has come to `socket`.
  std::string await(udp::socket& socket, udp::endpoint& sender) {
    std::string text(65536, '\0');
    run_until(io_, [&] {
      error_code none;
      const std::size_t size = socket.receive_from(boost::asio::buffer(text), sender, 0, none);
      if (none) return false;
      text.resize(size);
      return true;
    });
    return text;
  }
  void send(udp::socket& socket, const std::string& text, const udp::endpoint& to) {
    EXPECT_EQ(socket.send_to(boost::asio::buffer(text), to), text.size());
  }

  boost::asio::io_context io_;
  udp::socket inside_;
  udp::endpoint outside_;
  std::shared_ptr<UdpRelay> relay_;
};

TEST_F(UdpRelayTest, KeepsClientsApart) {
  udp::socket one = client();
  udp::socket two = client();
  udp::endpoint from_one;
  udp::endpoint from_two;
  udp::endpoint from;
  send(one, "1", outside_);
  EXPECT_EQ(await(inside_, from_one), "1");
  send(two, "2", outside_);
  EXPECT_EQ(await(inside_, from_two), "2");
  EXPECT_NE(from_one, from_two);
  send(inside_, "to two", from_two);
  send(inside_, "to one", from_one);
  EXPECT_EQ(await(one, from), "to one");
  EXPECT_EQ(from, outside_);
  EXPECT_EQ(await(two, from), "to two");
}

TEST_F(UdpRelayTest, SurvivesAnInsideThatIsNotThere) {
  const udp::endpoint endpoint = inside_.local_endpoint();
  inside_.close();
  udp::socket one = client();
  send(one, "lost", outside_);
  http::settle(io_);
  inside_ = udp::socket(io_, endpoint);
  inside_.non_blocking(true);
  udp::endpoint from;
  // The refusal of the first may take the second with it, as UDP may.
  for (int i = 0; i < 2; ++i) {
    send(one, "found", outside_);
    http::settle(io_);
  }
  EXPECT_EQ(await(inside_, from), "found");
}

TEST_F(UdpRelayTest, ForgetsTheMostSilentWhenThereAreTooMany) {
  udp::socket first = client();
  udp::endpoint session_of_first;
  udp::endpoint from;
  send(first, "1", outside_);
  await(inside_, session_of_first);
  std::list<udp::socket> others;
  for (std::size_t i = 0; i < kMaxClients; ++i) {
    send(others.emplace_back(client()), "x", outside_);
    await(inside_, from);
  }
  send(first, "2", outside_);
  EXPECT_EQ(await(inside_, from), "2");
  EXPECT_NE(from, session_of_first);
}

}  // namespace
}  // namespace minimarathon::serve
