#include "minimarathon/ports.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <set>

#include "common/unique_fd.h"

namespace minimarathon {
namespace {

using common::IpAddress;
using common::SocketAddress;
using common::UniqueFd;

// Addresses that no connection of another test has.
const IpAddress kAgent = *IpAddress::parse("127.77.0.1");
const IpAddress kOtherAgent = *IpAddress::parse("127.77.0.2");

/// A socket of the test's own, bound to a port that the kernel chose.
struct Occupied {
  explicit Occupied(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_storage storage;
    socklen_t length = SocketAddress{kAgent, 0}.to_sockaddr(storage);
    auto* const raw = reinterpret_cast<sockaddr*>(&storage);
    const int reuse = type == SOCK_STREAM ? 1 : 0;  // As servers do.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    EXPECT_EQ(::bind(socket.get(), raw, length), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket.get(), 1), 0);
    }
    EXPECT_EQ(::getsockname(socket.get(), raw, &length), 0);
    port = SocketAddress::from(storage).port;
  }
  UniqueFd socket;
  std::uint16_t port = 0;
};

/// A port that was free a moment ago.
std::uint16_t free_port() { return Occupied(SOCK_DGRAM).port; }

TEST(PortPool, GoesRoundTheRangeAndEndsWhenAllAreTaken) {
  const std::uint16_t first = free_port();
  const auto last = static_cast<std::uint16_t>(std::min(first + 7, 65535));
  PortPool pool(first, last);
  std::set<std::uint16_t> given;
  while (const auto port = pool.take(kAgent)) {
    EXPECT_GE(*port, first);
    EXPECT_LE(*port, last);
    EXPECT_TRUE(given.insert(*port).second) << *port << " given twice";
  }
  EXPECT_TRUE(given.contains(first));
}

TEST(PortPool, GivesAReturnedPortLast) {
  const std::uint16_t first = free_port();
  PortPool pool(first, static_cast<std::uint16_t>(std::min(first + 9, 65535)));
  const auto port = pool.take(kAgent);
  ASSERT_TRUE(port);
  pool.give_back(kAgent, *port);
  EXPECT_NE(pool.take(kAgent), port);
}

TEST(PortPool, AgentsHavePortsOfTheirOwn) {
  const std::uint16_t port = free_port();
  PortPool pool(port, port);
  EXPECT_EQ(pool.take(kAgent), port);
  EXPECT_EQ(pool.take(kAgent), std::nullopt);
  EXPECT_EQ(pool.take(kOtherAgent), port);
}

TEST(PortPool, PassesOverPortsThatOthersUse) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Occupied other(type);
    PortPool pool(other.port, other.port);
    EXPECT_EQ(pool.take(kAgent), std::nullopt);
    EXPECT_FALSE(pool.take(kAgent, other.port));
  }
}

/// As while another Marathon's task drains: it listens no more, and still serves.
TEST(PortPool, TakesAPortWithConnectionsWhenThereIsNoOther) {
  std::optional<Occupied> server(SOCK_STREAM);
  const SocketAddress address{kAgent, server->port};
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  const UniqueFd accepted(::accept4(server->socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  server.reset();
  const auto last = static_cast<std::uint16_t>(std::min(address.port + 7, 65535));
  PortPool pool(address.port, last);
  std::optional<std::uint16_t> given;
  for (auto next = pool.take(kAgent); next; next = pool.take(kAgent)) {
    EXPECT_NE(given, address.port) << "is not the last";
    given = next;
  }
  EXPECT_EQ(given, address.port);
}

TEST(PortPool, FixedPortsMayLieOutsideTheRange) {
  const std::uint16_t fixed = free_port();
  PortPool pool(1, 1);
  EXPECT_TRUE(pool.take(kAgent, fixed));
  EXPECT_FALSE(pool.take(kAgent, fixed));
  pool.give_back(kAgent, fixed);
  EXPECT_TRUE(pool.take(kAgent, fixed));
}

TEST(PortPool, TheTopPortDoesNotOverflow) {
  PortPool pool(65535, 65535);
  pool.take(kAgent);
  EXPECT_EQ(pool.take(kAgent), std::nullopt);
}

}  // namespace
}  // namespace minimarathon
