#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

config::Vip one_worker() {
  config::Vip options = Proxy::options();
  options.workers = 1;
  return options;
}

TEST(Limits, HoldForEachVip) {
  const HeldPort vip(HeldPort::Kind::Shared), other(HeldPort::Kind::Shared);
  const EchoServer backend;
  config::Vip options = one_worker();
  options.vip_connections = 1;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(backend.address())}),
               vip_at(other.address(), {backend_at(backend.address())})});
  TestSocket first = TestSocket::connect(vip.address());
  first.send("hello");
  EXPECT_EQ(first.receive(5), "hello");
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  TestSocket elsewhere = TestSocket::connect(other.address());
  elsewhere.send("hello");
  EXPECT_EQ(elsewhere.receive(5), "hello");
  EXPECT_EQ(proxy.ended("limit"), 1);
}

TEST(Limits, HoldForEachClientAddress) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer backend;
  config::Vip options = one_worker();
  options.source_connections = 2;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(backend.address())})});
  std::vector<TestSocket> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(TestSocket::connect(vip.address()));
    clients.back().send("hello");
    EXPECT_EQ(clients.back().receive(5), "hello");
  }
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  clients.front().finish();
  EXPECT_EQ(clients.front().end(), StreamEnd::Fin);
  EXPECT_TRUE(wait_until([&] { return proxy.ended("finished") == 1; }));
  TestSocket next = TestSocket::connect(vip.address());
  next.send("hello");
  EXPECT_EQ(next.receive(5), "hello");
}

class BackendLimit : public testing::Test {
 protected:
  static config::Vip options(milliseconds patience) {
    config::Vip options = one_worker();
    options.backend_connections = 1;
    options.queue_timeout = patience;
    return options;
  }
  void serve(milliseconds patience) {
    proxy_ = std::make_unique<Proxy>(options(patience));
    proxy_->serve({vip_at(vip_.address(), {backend_at(listener_.address())})});
  }

  const HeldPort vip_{HeldPort::Kind::Shared};
  TestListener listener_;
  std::unique_ptr<Proxy> proxy_;
};

TEST_F(BackendLimit, MakesClientsWaitTheirTurn) {
  serve(milliseconds(20000));
  TestSocket first = TestSocket::connect(vip_.address());
  TestSocket backend = listener_.accept();
  std::vector<TestSocket> waiting;
  const std::string open =
      "signpost_vipd_connections{vip=\"" + vip_.address().to_string() + "/tcp\"}";
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(TestSocket::connect(vip_.address()));
    waiting.back().send(std::string(1, static_cast<char>('a' + i)));
    EXPECT_TRUE(wait_until([&] { return proxy_->value(open) == 2 + i; }));
  }
  EXPECT_EQ(listener_.count_waiting(), 0U);
  for (const char* expected : {"a", "b"}) {
    backend.reset();
    backend = listener_.accept();
    EXPECT_EQ(backend.receive(1), expected);
    EXPECT_EQ(listener_.count_waiting(), 0U);
  }
  EXPECT_EQ(proxy_->value("signpost_vipd_queue_seconds_count{vip=\"" + vip_.address().to_string() +
                          "/tcp\"}"),
            2);
}

TEST_F(BackendLimit, RefusesClientsThatWaitedTooLong) {
  serve(milliseconds(50));
  TestSocket first = TestSocket::connect(vip_.address());
  const TestSocket backend = listener_.accept();
  EXPECT_EQ(TestSocket::connect(vip_.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy_->ended("queue"), 1);
}

TEST_F(BackendLimit, RefusesClientsAtOnceWithoutAQueue) {
  serve(milliseconds(0));
  TestSocket first = TestSocket::connect(vip_.address());
  const TestSocket backend = listener_.accept();
  EXPECT_EQ(TestSocket::connect(vip_.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy_->ended("limit"), 1);
}

TEST_F(BackendLimit, LetsAClientThatLeavesTheQueueGo) {
  serve(milliseconds(20000));
  TestSocket first = TestSocket::connect(vip_.address());
  TestSocket backend = listener_.accept();
  TestSocket second = TestSocket::connect(vip_.address());
  const std::string open =
      "signpost_vipd_connections{vip=\"" + vip_.address().to_string() + "/tcp\"}";
  EXPECT_TRUE(wait_until([&] { return proxy_->value(open) == 2; }));
  second.reset();
  EXPECT_TRUE(wait_until([&] { return proxy_->ended("client_reset") == 1; }));
  TestSocket third = TestSocket::connect(vip_.address());
  third.send("x");
  EXPECT_TRUE(wait_until([&] { return proxy_->value(open) == 2; }));
  backend.reset();
  EXPECT_EQ(listener_.accept().receive(1), "x");
}

class TimeLimits : public testing::Test {
 protected:
  void serve(const config::Vip& options) {
    proxy_ = std::make_unique<Proxy>(options);
    proxy_->serve({vip_at(vip_.address(), {backend_at(listener_.address())})});
    client_ = TestSocket::connect(vip_.address());
    backend_ = listener_.accept();
    client_.send("x");
    EXPECT_EQ(backend_.receive(1), "x");
  }

  const HeldPort vip_{HeldPort::Kind::Shared};
  TestListener listener_;
  std::unique_ptr<Proxy> proxy_;
  TestSocket client_, backend_;
};

TEST_F(TimeLimits, EndAHalfClosedSessionSooner) {
  config::Vip options = one_worker();
  options.half_close_timeout = milliseconds(300);
  serve(options);
  client_.finish();
  EXPECT_EQ(backend_.end(), StreamEnd::Fin);
  EXPECT_EQ(client_.end(), StreamEnd::Fin) << "though the backend never finished";
  EXPECT_EQ(proxy_->ended("idle"), 1);
}

TEST_F(TimeLimits, EndAnOldSessionOnceItIsQuiet) {
  config::Vip options = one_worker();
  options.max_age = milliseconds(300);
  serve(options);
  EXPECT_EQ(client_.end(), StreamEnd::Fin);
  EXPECT_EQ(backend_.end(), StreamEnd::Fin);
  EXPECT_EQ(proxy_->ended("age"), 1);
}

/// Sockets to or from a port whose timer is that of keepalive (proc_net_tcp.txt: 2).
int sockets_with_keepalive(std::uint16_t port) {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  std::ifstream table("/proc/net/tcp");
  int found = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer;
    fields >> slot >> local >> remote >> state >> queues >> timer;
    if ((local.ends_with(wanted) || remote.ends_with(wanted)) && timer.starts_with("02:")) ++found;
  }
  return found;
}

TEST_F(TimeLimits, AskSilentPeersForASignOfLife) {
  config::Vip options = one_worker();
  options.keepalive = milliseconds(1000);
  serve(options);
  EXPECT_TRUE(wait_until([&] {
    return sockets_with_keepalive(vip_.address().port) == 1 &&
           sockets_with_keepalive(listener_.address().port) == 1;
  })) << "one end of each of the two connections is ours";
  client_.send("y");
  EXPECT_EQ(backend_.receive(1), "y");
}

}  // namespace
}  // namespace vipd
