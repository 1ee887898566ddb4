#include "dnsd/server/sockets.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <list>

#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"

namespace dnsd {
namespace {

common::SocketAddress free_port() { return {common::IpAddress::v4(INADDR_LOOPBACK), 0}; }

int receive_all(const common::UniqueFd& socket) {
  char octet = 0;
  int count = 0;
  while (recv(socket.get(), &octet, 1, MSG_DONTWAIT) >= 0) ++count;
  return count;
}

TEST(Sockets, GiveOnePortToUdpAndTcpOfEveryWorker) {
  const auto listening = listen_on(free_port(), 3);
  ASSERT_TRUE(listening) << listening.error().message;
  ASSERT_EQ(listening->workers.size(), 3U);
  EXPECT_NE(listening->address.port, 0);
  for (const SocketPair& pair : listening->workers) {
    EXPECT_EQ(testing::address_of(pair.udp), listening->address);
    EXPECT_EQ(testing::address_of(pair.tcp), listening->address);
  }
}

TEST(Sockets, SpreadTheQueriesOfOneClientOverTheWorkers) {
  const auto listening = listen_on(free_port(), 4);
  ASSERT_TRUE(listening) << listening.error().message;
  testing::UdpClient client(listening->address);
  for (std::uint16_t id = 0; id < 400; ++id) client.send(testing::make_query(id));
  for (const SocketPair& pair : listening->workers) EXPECT_GT(receive_all(pair.udp), 0);
}

TEST(Sockets, SpreadConnectionsOverTheWorkers) {
  const auto listening = listen_on(free_port(), 2);
  ASSERT_TRUE(listening) << listening.error().message;
  std::list<testing::TcpClient> clients;
  for (int i = 0; i < 64; ++i) clients.emplace_back(listening->address);
  for (const SocketPair& pair : listening->workers) {
    EXPECT_TRUE(common::UniqueFd(accept(pair.tcp.get(), nullptr, nullptr)));
  }
}

TEST(Sockets, DoNotJoinAPortThatIsShared) {
  const auto listening = listen_on(free_port(), 2);
  ASSERT_TRUE(listening);
  const auto second = listen_on(listening->address, 2);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, common::ErrorCode::Conflict);
  EXPECT_EQ(second.error().message,
            "cannot listen on " + listening->address.to_string() +
                " (UDP): address already in use; change dns.listen");
}

TEST(Sockets, TellWhenOnlyTheTcpPortIsTaken) {
  const common::UniqueFd taken = testing::bound_socket(SOCK_STREAM);
  const auto listening = listen_on(testing::address_of(taken), 1);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message,
            "cannot listen on " + testing::address_of(taken).to_string() +
                " (TCP): address already in use; change dns.listen");
}

TEST(Sockets, TellWhenTheHostHasNoSuchAddress) {
  const auto listening = listen_on(common::SocketAddress::parse("192.0.2.1:0").value(), 1);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message,
            "cannot listen on 192.0.2.1:0 (UDP): this host has no such address; change dns.listen");
}

TEST(Sockets, OpenBothWildcardsAtOnePort) {
  const auto four = listen_on(common::SocketAddress::parse("0.0.0.0:0").value(), 1);
  ASSERT_TRUE(four) << four.error().message;
  const auto six = listen_on({common::IpAddress::parse("::").value(), four->address.port}, 1);
  EXPECT_TRUE(six) << six.error().message;
}

}  // namespace
}  // namespace dnsd
