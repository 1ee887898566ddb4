#include "vipd/server/transparent.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

using common::IpAddress;

/// Whose address a socket connected through the proxy's is, as the backend sees it.
IpAddress peer_of(const TestSocket& accepted) {
  sockaddr_storage storage;
  socklen_t length = sizeof storage;
  getpeername(accepted.fd(), reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::from(storage).ip;
}

/// A client at an address of the loopback network that nothing else has.
class Transparent : public testing::Test {
 protected:
  void SetUp() override {
    if (!check_transparency()) GTEST_SKIP() << "needs root: CAP_NET_ADMIN or CAP_NET_RAW";
  }
  static config::Vip options() {
    config::Vip options = Proxy::options();
    options.transparent = true;
    return options;
  }
  static TestSocket client_at(const IpAddress& ip, const SocketAddress& vip) {
    UniqueFd fd(socket(ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t length = SocketAddress{ip, 0}.to_sockaddr(storage);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    length = vip.to_sockaddr(storage);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    return TestSocket(std::move(fd));
  }
};

TEST_F(Transparent, ShowsBackendsTheClient) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  Proxy proxy(options());
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  const IpAddress somebody = *IpAddress::parse("127.9.8.7");
  TestSocket client = client_at(somebody, vip.address());
  TestSocket backend = listener.accept();
  EXPECT_EQ(peer_of(backend), somebody);
  client.send("question");
  EXPECT_EQ(backend.receive(8), "question");
  backend.send("answer");
  EXPECT_EQ(client.receive(6), "answer");
}

TEST_F(Transparent, IsOffWhereTheFamiliesDiffer) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener(*IpAddress::parse("::1"));
  Proxy proxy(options());
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  const TestSocket client = TestSocket::connect(vip.address());
  EXPECT_EQ(peer_of(listener.accept()), *IpAddress::parse("::1"));
}

}  // namespace
}  // namespace vipd
