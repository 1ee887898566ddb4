#include <gtest/gtest.h>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

using config::ProxyVersion;

class ProxyProtocol : public testing::Test {
 protected:
  void serve(const watcher::PortOptions& labels, const config::Vip& options = Proxy::options()) {
    proxy_ = std::make_unique<Proxy>(options);
    Backend backend = backend_at(listener_.address());
    backend.options = labels;
    proxy_->serve({vip_at(vip_.address(), {backend})});
  }
  /// The address of a client's own end.
  static std::string port_of(const TestSocket& socket) {
    sockaddr_storage storage;
    socklen_t length = sizeof storage;
    getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&storage), &length);
    return std::to_string(SocketAddress::from(storage).port);
  }
  void expect_refused(const std::string& bytes) {
    TestSocket client = TestSocket::connect(vip_.address());
    client.send(bytes);
    EXPECT_EQ(client.end(), StreamEnd::Reset) << bytes;
    EXPECT_EQ(listener_.count_waiting(), 0U) << "a byte of it reached the backend: " << bytes;
  }

  const HeldPort vip_{HeldPort::Kind::Shared};
  TestListener listener_;
  std::unique_ptr<Proxy> proxy_;
};

TEST_F(ProxyProtocol, TellsTheBackendWhoTheClientIs) {
  serve({.send_proxy = ProxyVersion::V1});
  TestSocket client = TestSocket::connect(vip_.address());
  client.send("hello");
  client.finish();
  EXPECT_EQ(listener_.accept().receive_all(),
            "PROXY TCP4 127.0.0.1 127.0.0.1 " + port_of(client) + " " +
                std::to_string(vip_.address().port) + "\r\nhello");
}

TEST_F(ProxyProtocol, TellsItBeforeTheClientSpeaks) {
  serve({.send_proxy = ProxyVersion::V2});
  TestSocket client = TestSocket::connect(vip_.address());
  TestSocket backend = listener_.accept();
  EXPECT_EQ(backend.receive(12), std::string("\r\n\r\n\0\r\nQUIT\n", 12));
  EXPECT_EQ(backend.receive(16).size(), 16U);
  backend.send("banner");
  EXPECT_EQ(client.receive(6), "banner");
}

TEST_F(ProxyProtocol, PassesOnWhatAnEarlierProxySaid) {
  serve({.accept_proxy = true, .send_proxy = ProxyVersion::V1});
  const std::string header = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
  TestSocket client = TestSocket::connect(vip_.address());
  for (const char byte : header) client.send({&byte, 1});
  client.send("hello");
  client.finish();
  EXPECT_EQ(listener_.accept().receive_all(), header + "hello");
}

TEST_F(ProxyProtocol, TakesTheHeaderOffForABackendThatWantsNone) {
  serve({.accept_proxy = true});
  for (const std::string header : {"PROXY UNKNOWN\r\n", "PROXY TCP6 ::1 ::2 1 2\r\n"}) {
    TestSocket client = TestSocket::connect(vip_.address());
    client.send(header + "hello");
    client.finish();
    EXPECT_EQ(listener_.accept().receive_all(), "hello");
  }
}

TEST_F(ProxyProtocol, RefusesClientsWithoutAHeader) {
  serve({.accept_proxy = true});
  expect_refused("GET / HTTP/1.1\r\n\r\n");
  expect_refused("PROXY TCP4 192.0.2.1 192.0.2.2 70000 443\r\n");
  EXPECT_EQ(proxy_->ended("proxy_header"), 2);
}

TEST_F(ProxyProtocol, RefusesClientsThatEndAmidTheirHeader) {
  serve({.accept_proxy = true});
  TestSocket client = TestSocket::connect(vip_.address());
  client.send("PROXY TCP4 192.0.2.1");
  client.finish();
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_EQ(listener_.count_waiting(), 0U);
}

TEST_F(ProxyProtocol, RefusesClientsThatTakeTooLong) {
  config::Vip options = Proxy::options();
  options.proxy_timeout = milliseconds(100);
  serve({.accept_proxy = true}, options);
  TestSocket client = TestSocket::connect(vip_.address());
  client.send("PROXY TCP4 192.0.2.1");
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_EQ(listener_.count_waiting(), 0U);
}

}  // namespace
}  // namespace vipd
