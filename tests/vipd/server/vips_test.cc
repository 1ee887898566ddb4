#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

bool echoes(const SocketAddress& vip) {
  TestSocket client = TestSocket::connect(vip);
  if (!client.connected()) return false;
  if (client.send_some("hello") != 5) return false;
  return client.receive(5) == "hello";
}

config::Vip drain_within(milliseconds limit) {
  config::Vip options = Proxy::options();
  options.drain_timeout = limit;
  return options;
}

TEST(Vips, ListenWhileTheyExist) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer backend;
  Proxy proxy;
  EXPECT_EQ(TestSocket::connect(vip.address()).error(), ECONNREFUSED);
  proxy.serve({vip_at(vip.address(), {backend_at(backend.address())})});
  EXPECT_TRUE(echoes(vip.address()));
  proxy.serve({});
  EXPECT_EQ(TestSocket::connect(vip.address()).error(), ECONNREFUSED);
  proxy.serve({vip_at(vip.address(), {backend_at(backend.address())})});
  EXPECT_TRUE(echoes(vip.address()));
}

TEST(Vips, MoveWithTheirAddress) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer backend;
  Proxy proxy;
  auto served = vip_at(vip.address(), {backend_at(backend.address())});
  proxy.serve({served});
  EXPECT_TRUE(echoes(vip.address()));
  served.address = common::IpAddress::v4(0x7f000002);
  proxy.serve({served});
  EXPECT_EQ(TestSocket::connect(vip.address()).error(), ECONNREFUSED);
  EXPECT_TRUE(echoes({served.address, vip.address().port}));
}

TEST(Vips, AreServedByTheThousand) {
  const EchoServer backend;
  Proxy proxy;  // First, as it raises the limit of descriptors.
  std::vector<std::unique_ptr<HeldPort>> ports;
  std::vector<watcher::Vip> vips;
  for (int i = 0; i < 1000; ++i) {
    ports.push_back(std::make_unique<HeldPort>(HeldPort::Kind::Shared));
    vips.push_back(vip_at(ports.back()->address(), {backend_at(backend.address())}));
  }
  proxy.serve(vips);
  EXPECT_EQ(proxy.value("signpost_vipd_vips"), 1000);
  for (const auto& port : ports) EXPECT_TRUE(echoes(port->address()));
}

TEST(Vips, AreTriedAgainWhenTheirPortIsTaken) {
  const EchoServer backend;
  const HeldPort free(HeldPort::Kind::Shared);
  TestListener occupier;
  Proxy proxy;
  proxy.serve({vip_at(occupier.address(), {backend_at(backend.address())}),
               vip_at(free.address(), {backend_at(backend.address())})});
  EXPECT_EQ(proxy.value("signpost_vipd_listen_failures"), 1);
  EXPECT_TRUE(echoes(free.address()));  // It never stops another.
  occupier.close();
  EXPECT_TRUE(wait_until([&] { return proxy.value("signpost_vipd_listen_failures") == 0; }));
  EXPECT_TRUE(echoes(occupier.address()));
}

/// Of one user, whom the kernel would let share the clients.
TEST(Vips, AreServedByOneServerAndThenByTheNext) {
  const EchoServer backend;
  const HeldPort port(HeldPort::Kind::Shared);
  const auto vip = vip_at(port.address(), {backend_at(backend.address())});
  Proxy first, second;
  first.serve({vip});
  second.serve({vip});
  EXPECT_EQ(first.value("signpost_vipd_listen_failures"), 0);
  EXPECT_EQ(second.value("signpost_vipd_listen_failures"), 1);
  first.stop();
  EXPECT_TRUE(wait_until([&] { return second.value("signpost_vipd_listen_failures") == 0; }));
  EXPECT_TRUE(echoes(port.address()));
}

TEST(Vips, KeepOpenSessionsWhenTheyClose) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  proxy.serve({});
  client.send("still here");
  EXPECT_EQ(backend.receive(10), "still here");
  EXPECT_EQ(proxy.value("signpost_vipd_vips"), 1);  // Until its last session ends.
  client.close();
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  backend.close();
  EXPECT_TRUE(wait_until([&] { return proxy.value("signpost_vipd_vips") == 0; }));
}

TEST(Drain, KeepsSessionsAndTakesNoNewOnes) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener old_task;
  const EchoServer new_task;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(old_task.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = old_task.accept();
  std::vector<Backend> backends{backend_at(old_task.address(), BackendState::Draining),
                                backend_at(new_task.address())};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(echoes(vip.address()));
  client.send("still here");
  EXPECT_EQ(backend.receive(10), "still here");
  EXPECT_EQ(old_task.count_waiting(), 0U);
}

/// A session that nothing was said in would not end with its backend, but go to another one.
void speak(TestSocket& client, TestSocket& backend) {
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
}

TEST(Drain, EndsWithAResetAtTheLimit) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  Proxy proxy(drain_within(milliseconds(100)));
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  speak(client, backend);
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address(), BackendState::Draining)})});
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_EQ(backend.end(), StreamEnd::Reset);
  EXPECT_EQ(proxy.ended("drained"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_pool_drains_total{vip=\"" + vip.address().to_string() +
                        "/tcp\",pool=\"/app\"}"),
            1);
}

TEST(Drain, FollowsTheLabelOfTheApp) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener kept, closed;
  const EchoServer stays;
  config::Vip options = drain_within(milliseconds(0));
  options.workers = 1;
  Proxy proxy(options);
  Backend keep = backend_at(kept.address());
  keep.options.drain = config::Drain::Keep;
  Backend close = backend_at(closed.address(), BackendState::Passing, milliseconds(60000));
  close.options.drain = config::Drain::Close;
  std::vector<Backend> backends{keep, close};
  std::sort(backends.begin(), backends.end());
  proxy.serve({vip_at(vip.address(), backends)});
  TestSocket first = TestSocket::connect(vip.address());
  TestSocket second = TestSocket::connect(vip.address());
  TestSocket kept_backend = kept.accept();
  TestSocket closed_backend = closed.accept();
  const bool kept_first = kept.address() < closed.address();
  speak(kept_first ? second : first, closed_backend);
  proxy.serve({vip_at(vip.address(), {backend_at(stays.address())})});
  EXPECT_EQ((kept_first ? second : first).end(), StreamEnd::Reset);
  EXPECT_EQ(closed_backend.end(), StreamEnd::Reset);
  kept_backend.send("still here");
  EXPECT_EQ((kept_first ? first : second).receive(10), "still here");
}

TEST(Drain, HappensToBackendsThatDisappear) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener gone;
  const EchoServer stays;
  Proxy proxy(drain_within(milliseconds(100)));
  proxy.serve({vip_at(vip.address(), {backend_at(gone.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = gone.accept();
  speak(client, backend);
  proxy.serve({vip_at(vip.address(), {backend_at(stays.address())})});
  EXPECT_TRUE(echoes(vip.address()));
  EXPECT_EQ(client.end(), StreamEnd::Reset);
}

TEST(Drain, IsOffWhenTheBackendComesBack) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  Proxy proxy(drain_within(milliseconds(50)));
  const auto with = [&](BackendState state) {
    return vip_at(vip.address(), {backend_at(listener.address(), state, milliseconds(50))});
  };
  proxy.serve({with(BackendState::Passing)});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  proxy.publish({with(BackendState::Draining)});
  proxy.publish({with(BackendState::Passing)});
  // Another session drains for as long, so that the first one's limit is known to be over.
  const HeldPort other(HeldPort::Kind::Shared);
  TestListener other_listener;
  proxy.serve({with(BackendState::Passing),
               vip_at(other.address(), {backend_at(other_listener.address())})});
  TestSocket other_client = TestSocket::connect(other.address());
  const TestSocket other_backend = other_listener.accept();
  proxy.serve({with(BackendState::Passing)});
  EXPECT_EQ(other_client.end(), StreamEnd::Reset);
  client.send("still here");
  EXPECT_EQ(backend.receive(10), "still here");
}

TEST(Update, LosesNoConnectionUnderLoad) {
  const HeldPort vip(HeldPort::Kind::Shared);
  const EchoServer blue, green;
  const HeldPort dying(HeldPort::Kind::Refusing);  // Passing in the table, dead in fact.
  Proxy proxy;
  const auto with = [&](std::vector<Backend> backends) {
    std::sort(backends.begin(), backends.end());
    return vip_at(vip.address(), std::move(backends));
  };
  proxy.serve({with({backend_at(blue.address())})});
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0}, served{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!stop) ++(echoes(vip.address()) ? served : failed);
    });
  }
  for (int round = 0; round < 350; ++round) {
    proxy.serve({with({backend_at(blue.address(), BackendState::Draining),
                       backend_at(dying.address()),
                       backend_at(green.address())})});
    proxy.serve({with({backend_at(green.address())})});
    proxy.serve(
        {with({backend_at(green.address(), BackendState::Draining), backend_at(blue.address())})});
    const int before = served;
    wait_until([&] { return served > before; });
  }
  stop = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(served, 100);
}

}  // namespace
}  // namespace vipd
