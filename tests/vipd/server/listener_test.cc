#include "vipd/server/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tests/vipd/server/sockets.h"

namespace vipd {
namespace {

using common::IpAddress;
using watcher::Protocol;

/// A port that was free a moment ago, of another loopback address than others use.
SocketAddress free_port(Protocol protocol, const IpAddress& ip = IpAddress::v4(0x7f000004)) {
  const int type = protocol == Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM;
  const UniqueFd socket(::socket(ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  socklen_t length = SocketAddress{ip, 0}.to_sockaddr(storage);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  length = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::from(storage);
}

class Shared : public testing::TestWithParam<Protocol> {
 protected:
  SharedAddresses ours_, theirs_;
};

INSTANTIATE_TEST_SUITE_P(Listener, Shared, testing::Values(Protocol::Tcp, Protocol::Udp));

TEST_P(Shared, AllWorkersListenAtAnAddress) {
  const SocketAddress address = free_port(GetParam());
  std::vector<common::Expected<Listener>> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(ours_.open(address, GetParam()));
  for (const auto& worker : workers) EXPECT_TRUE(worker) << worker.error().message;
}

TEST_P(Shared, AnotherServerIsToldThatItIsTaken) {
  for (const char* ip : {"127.0.0.4", "::1"}) {
    const SocketAddress address = free_port(GetParam(), *IpAddress::parse(ip));
    const auto first = ours_.open(address, GetParam());
    const auto second = ours_.open(address, GetParam());
    const auto other = theirs_.open(address, GetParam());
    ASSERT_TRUE(first && second);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, common::ErrorCode::Conflict);
    EXPECT_NE(other.error().message.find("another signpost"), std::string::npos);
  }
}

TEST_P(Shared, TheAddressIsFreeAfterTheLastOfThem) {
  const SocketAddress address = free_port(GetParam());
  auto first = ours_.open(address, GetParam());
  auto second = ours_.open(address, GetParam());
  first->reset();
  EXPECT_FALSE(theirs_.open(address, GetParam()));
  EXPECT_TRUE(ours_.open(address, GetParam()));
  second->reset();
  EXPECT_TRUE(theirs_.open(address, GetParam()));
  EXPECT_TRUE(ours_.open(address, GetParam()));
}

/// In another process that is, or another server.
TEST_P(Shared, WhatIsHandedOverIsOurs) {
  const SocketAddress address = free_port(GetParam());
  auto first = theirs_.open(address, GetParam());
  ASSERT_TRUE(first);
  UniqueFd moved = first->release();
  auto share = ours_.hold(address, GetParam());
  const auto without = ours_.open(address, GetParam());
  const Listener with = ours_.adopt(address, GetParam(), std::move(moved));
  share.reset();
  EXPECT_TRUE(without);
  EXPECT_TRUE(with);
  EXPECT_FALSE(theirs_.open(address, GetParam()));
}

TEST_P(Shared, OneThatStandsForAllIsNoStranger) {
  const SocketAddress all = free_port(GetParam(), IpAddress::v4(0));
  const SocketAddress one{IpAddress::v4(0x7f000004), all.port};
  for (const auto& [before, after] : {std::pair{one, all}, std::pair{all, one}}) {
    const auto first = ours_.open(before, GetParam());
    const auto second = ours_.open(after, GetParam());
    EXPECT_TRUE(first) << first.error().message;
    EXPECT_TRUE(second) << second.error().message;
  }
}

TEST_P(Shared, OtherPartsOfSignpostAreNoStrangers) {
  const SocketAddress all = free_port(GetParam(), IpAddress::v4(0));
  const SocketAddress one{IpAddress::v4(0x7f000004), all.port};
  const auto other = theirs_.open(all, GetParam());
  ASSERT_TRUE(other);
  EXPECT_FALSE(ours_.open(one, GetParam()));
  SharedAddresses knowing(std::array{all});
  EXPECT_TRUE(knowing.open(one, GetParam()));
}

}  // namespace
}  // namespace vipd
