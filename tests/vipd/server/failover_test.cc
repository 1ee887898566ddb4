#include <gtest/gtest.h>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

std::string failures(const HeldPort& vip, const std::string& cause) {
  return "signpost_vipd_connect_failures_total{vip=\"" + vip.address().to_string() +
         "/tcp\",cause=\"" + cause + "\"}";
}

config::Vip one_worker() {
  config::Vip options = Proxy::options();
  options.workers = 1;
  return options;
}

std::vector<Backend> in_order(const std::vector<SocketAddress>& endpoints) {
  std::vector<Backend> backends;
  for (const auto& endpoint : endpoints) backends.push_back(backend_at(endpoint));
  std::sort(backends.begin(), backends.end());
  return backends;
}

/// A listener whose queue is full: it answers no SYN, as if it were not there.
class BlackHole {
 public:
  BlackHole() : listener_(kLoopback, 0) {
    do {
      clients_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      sockaddr_storage storage;
      const socklen_t length = listener_.address().to_sockaddr(storage);
      ::connect(clients_.back().get(), reinterpret_cast<sockaddr*>(&storage), length);
    } while (clients_.size() < 4);
  }
  const SocketAddress& address() const { return listener_.address(); }

 private:
  TestListener listener_;
  std::vector<UniqueFd> clients_;
};

TEST(Failover, TakesTheBackendsInTurn) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener first, second;
  Proxy proxy(one_worker());
  proxy.serve({vip_at(vip.address(), {backend_at(first.address()), backend_at(second.address())})});
  for (int i = 0; i < 4; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("x");
    client.finish();
  }
  EXPECT_TRUE(wait_until([&] {
    const std::string counted =
        "signpost_vipd_connections{vip=\"" + vip.address().to_string() + "/tcp\"}";
    return proxy.value(counted) == 4;
  }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(first.accept().receive_all(), "x");
    EXPECT_EQ(second.accept().receive_all(), "x");
  }
}

TEST(Failover, GoesToTheNextBackendWhenOneRefuses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const EchoServer alive;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(dead.address()), backend_at(alive.address())})});
  for (int i = 0; i < 50; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_GE(proxy.value(failures(vip, "refused")), 1);
  EXPECT_GE(proxy.value("signpost_vipd_retries_total"), 1);
  EXPECT_EQ(proxy.ended("no_backend"), 0);
}

TEST(Failover, FindsTheOneThatLivesAmongMany) {
  const HeldPort vip(HeldPort::Kind::Shared);
  std::vector<std::unique_ptr<HeldPort>> dead;
  std::vector<Backend> backends;
  for (int i = 0; i < 20; ++i) {
    dead.push_back(std::make_unique<HeldPort>(HeldPort::Kind::Refusing));
    backends.push_back(backend_at(dead.back()->address()));
  }
  const EchoServer alive;
  backends.push_back(backend_at(alive.address()));
  std::sort(backends.begin(), backends.end());
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), backends)});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
}

TEST(Failover, ResetsTheClientOfADeadVipAtOnce) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const HeldPort dead_too(HeldPort::Kind::Refusing);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), in_order({dead.address(), dead_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("no_backend"), 1);
  EXPECT_EQ(proxy.value(failures(vip, "refused")), 2);  // Each was asked once: nobody waited.
}

TEST(Failover, ResetsTheClientWhenEveryBackendRefusesForTooLong) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort before(HeldPort::Kind::Refusing);
  const HeldPort dead(HeldPort::Kind::Refusing);
  const HeldPort dead_too(HeldPort::Kind::Refusing);
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(before.address())})});
  proxy.serve({vip_at(vip.address(), in_order({dead.address(), dead_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("no_backend"), 1);
  EXPECT_GE(proxy.value(failures(vip, "refused")), 4);  // Each was asked again at least once.
}

TEST(Failover, ServesAClientWhileTheOnlyBackendIsReplaced) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort killed(HeldPort::Kind::Refusing);
  const HeldPort starting(HeldPort::Kind::Refusing);
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(20000);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address())})});
  std::vector<Backend> backends{backend_at(killed.address(), BackendState::Draining),
                                backend_at(starting.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("early");
  client.finish();
  EXPECT_TRUE(wait_until([&] { return proxy.value(failures(vip, "refused")) >= 2; }));
  starting.listen();
  EXPECT_EQ(starting.accept().receive_all(), "early");
}

TEST(Failover, KeepsAClientWhileTheOnlyBackendIsKilledAndTheNextIsNotKnown) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const HeldPort killed(HeldPort::Kind::Refusing);
  TestListener next;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(20000);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address())})});
  proxy.serve({vip_at(vip.address(), {backend_at(killed.address(), BackendState::Draining)})});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("early");
  client.finish();
  const std::string open =
      "signpost_vipd_connections{vip=\"" + vip.address().to_string() + "/tcp\"}";
  EXPECT_TRUE(wait_until([&] { return proxy.value(open) == 1; }));
  proxy.serve({vip_at(vip.address(), {backend_at(next.address())})});
  EXPECT_EQ(next.accept().receive_all(), "early");
}

TEST(Failover, ResetsTheClientOfAVipWithoutBackends) {
  const HeldPort vip(HeldPort::Kind::Shared);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
}

TEST(Failover, UsesFailingBackendsWhenNonePasses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer failing;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(failing.address(), BackendState::Failing)})});
  TestSocket client = TestSocket::connect(vip.address());
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
}

TEST(Failover, GivesUpABackendThatDoesNotAnswer) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

TEST(Failover, WaitsForASilentBackendOnceThenSkipsIt) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const EchoServer alive;
  config::Vip options = one_worker();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  std::vector<Backend> backends{backend_at(silent.address()), backend_at(alive.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  for (int i = 0; i < 2; ++i) {  // One of them meets the silent one first.
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

config::Vip hedging() {
  config::Vip options = one_worker();
  options.connect_timeout = milliseconds(60000);
  options.hedge_after = milliseconds(50);
  return options;
}

TEST(Hedge, ServesAClientWhoseFirstBackendIsSilent) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const EchoServer alive;
  Proxy proxy(hedging());
  proxy.serve({vip_at(vip.address(), in_order({silent.address(), alive.address()}))});
  for (int i = 0; i < 10; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_won_total"), 1) << "it is skipped from then on";
  const std::string ejections =
      "signpost_vipd_ejections_total{vip=\"" + vip.address().to_string() + "/tcp\"}";
  EXPECT_EQ(proxy.value(ejections), 1);
  const std::string on_vip = "{vip=\"" + vip.address().to_string() + "/tcp\"";
  const std::string on_rival =
      on_vip + ",pool=\"/app\",backend=\"" + alive.address().to_string() + "\"}";
  EXPECT_EQ(proxy.value("signpost_vipd_vip_hedges_total" + on_vip + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_vip_hedges_won_total" + on_vip + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backend_hedges_total" + on_rival), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backend_hedges_won_total" + on_rival), 1);
}

TEST(Hedge, GoesOnToAThirdWhenTheRivalRefuses) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  const HeldPort dead(HeldPort::Kind::Refusing);
  const EchoServer alive;
  Proxy proxy(hedging());
  proxy.serve(
      {vip_at(vip.address(), in_order({silent.address(), dead.address(), alive.address()}))});
  for (int i = 0; i < 6; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
}

TEST(Hedge, LeavesTheFirstOneItsTimeWhenThereIsNoOther) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  config::Vip options = hedging();
  options.connect_timeout = milliseconds(300);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_total"), 0);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 1);
}

TEST(Hedge, TakesOverWhenTheFirstOneTimesOut) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent, silent_too;
  config::Vip options = hedging();
  options.connect_timeout = milliseconds(200);
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), in_order({silent.address(), silent_too.address()}))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "timeout")), 2);
  EXPECT_EQ(proxy.value("signpost_vipd_hedges_total"), 1);
}

TEST(Failover, TriesOnlySoManyBackends) {
  const HeldPort vip(HeldPort::Kind::Shared);
  std::vector<std::unique_ptr<HeldPort>> dead;
  std::vector<SocketAddress> endpoints;
  for (int i = 0; i < 5; ++i) {
    dead.push_back(std::make_unique<HeldPort>(HeldPort::Kind::Refusing));
    endpoints.push_back(dead.back()->address());
  }
  config::Vip options = Proxy::options();
  options.connect_tries = 3;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), in_order(endpoints))});
  EXPECT_EQ(TestSocket::connect(vip.address()).end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.value(failures(vip, "refused")), 3);
}

TEST(Failover, GoesToTheNextBackendWhenThisHostCannotReachOne) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer alive;
  Proxy proxy(one_worker());
  // Broadcast: connect() fails at once, as it does when no source port is left.
  const SocketAddress impossible{common::IpAddress::v4(0xffffffffU), 80};
  proxy.serve({vip_at(vip.address(), in_order({impossible, alive.address()}))});
  for (int i = 0; i < 4; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  EXPECT_GE(proxy.value(failures(vip, "local")) + proxy.value(failures(vip, "unreachable")), 1);
}

TEST(Failover, CancelsTheAttemptWhenTheClientLeaves) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(silent.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  EXPECT_TRUE(wait_until([&] {
    return proxy.value("signpost_vipd_connections{vip=\"" + vip.address().to_string() +
                       "/tcp\"}") == 1;
  }));
  client.reset();
  EXPECT_TRUE(wait_until([&] { return proxy.ended("client_reset") == 1; }));
}

TEST(Failover, KeepsTheClientsBytesForTheBackendThatAnswers) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const BlackHole silent;
  TestListener alive;
  config::Vip options = Proxy::options();
  options.connect_timeout = milliseconds(100);
  Proxy proxy(options);
  std::vector<Backend> backends{backend_at(silent.address()), backend_at(alive.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  const std::string bytes = pattern(50000);
  for (int i = 0; i < 2; ++i) {
    TestSocket client = TestSocket::connect(vip.address());
    client.send(bytes);
    client.finish();
    EXPECT_TRUE(alive.accept().receive_all() == bytes);
  }
}

}  // namespace
}  // namespace vipd
