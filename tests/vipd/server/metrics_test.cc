#include <gtest/gtest.h>

#include <cstdio>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

TEST(Metrics, TellWhatHappened) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener listener;
  const HeldPort failing(HeldPort::Kind::Refusing);
  Proxy proxy;
  proxy.serve({vip_at(
      vip.address(),
      {backend_at(listener.address()), backend_at(failing.address(), BackendState::Failing)})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  client.send("four");
  EXPECT_EQ(backend.receive(4), "four");
  backend.send("sixsix");
  EXPECT_EQ(client.receive(6), "sixsix");

  const std::string label = "vip=\"" + vip.address().to_string() + "/tcp\"";
  const auto bytes = [&](const char* direction) {
    return proxy.value("signpost_vipd_bytes_total{" + label + ",direction=\"" + direction + "\"}");
  };
  EXPECT_TRUE(wait_until([&] { return bytes("downstream") == 6; }));
  EXPECT_EQ(bytes("upstream"), 4);
  EXPECT_EQ(proxy.value("signpost_vipd_connections_total{" + label + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_connections{" + label + "}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backends{" + label + ",state=\"passing\"}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backends{" + label + ",state=\"failing\"}"), 1);
  EXPECT_EQ(proxy.value("signpost_vipd_backends{" + label + ",state=\"draining\"}"), 0);
  EXPECT_EQ(proxy.value("signpost_vipd_vips"), 1);
}

TEST(Metrics, TellOfPoolsAndBackends) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener blue;
  const HeldPort dead(HeldPort::Kind::Refusing);
  Proxy proxy;
  Backend green = backend_at(dead.address());
  green.app = "/green";
  proxy.serve({vip_at(vip.address(), {backend_at(blue.address()), green})});
  for (int i = 0; i < 2; ++i) {  // Whoever is first: one of the two asks the dead one.
    TestSocket client = TestSocket::connect(vip.address());
    TestSocket backend = blue.accept();
    client.send("four");
    EXPECT_EQ(backend.receive(4), "four");
    backend.send("sixsix");
    EXPECT_EQ(client.receive(6), "sixsix");
    client.finish();
    backend.close();
    EXPECT_EQ(client.end(), StreamEnd::Fin);
  }
  const std::string on_vip = "{vip=\"" + vip.address().to_string() + "/tcp\"";
  const auto of_pool = [&](const std::string& name, const char* app, const std::string& more = "") {
    return proxy.value("signpost_vipd_pool_" + name + on_vip + ",pool=\"" + app + "\"" + more +
                       "}");
  };
  const auto of_backend = [&](const std::string& name, const std::string& more = "") {
    return proxy.value("signpost_vipd_backend_" + name + on_vip + ",pool=\"/app\",backend=\"" +
                       blue.address().to_string() + "\"" + more + "}");
  };
  EXPECT_TRUE(wait_until(
      [&] { return of_pool("sessions_ended_total", "/app", ",cause=\"finished\"") == 2; }));
  EXPECT_EQ(of_pool("sessions_total", "/app"), 2);
  EXPECT_EQ(of_pool("sessions", "/app"), 0);
  EXPECT_EQ(of_pool("bytes_total", "/app", ",direction=\"upstream\""), 8);
  EXPECT_EQ(of_pool("bytes_total", "/app", ",direction=\"downstream\""), 12);
  EXPECT_EQ(of_pool("connect_seconds_count", "/app"), 2);
  EXPECT_EQ(of_pool("first_byte_seconds_count", "/app"), 2);
  EXPECT_EQ(of_pool("sessions_total", "/green"), 0);
  EXPECT_GE(of_pool("connect_failures_total", "/green", ",cause=\"refused\""), 1);
  EXPECT_GE(of_pool("ejections_total", "/green"), 1);
  EXPECT_EQ(of_backend("sessions_total"), 2);
  EXPECT_EQ(of_backend("bytes_total", ",direction=\"downstream\""), 12);
  EXPECT_GE(proxy.value("signpost_vipd_vip_retries_total" + on_vip + "}"), 1);
  EXPECT_GE(of_pool("retries_total", "/app"), 1) << "who came from the dead one";
  EXPECT_EQ(of_pool("retries_total", "/green"), 0);
  EXPECT_EQ(proxy.value("signpost_vipd_queued" + on_vip + "}"), 0);
  EXPECT_EQ(proxy.value("signpost_vipd_backends_unlisted"), 0);
}

TEST(Metrics, KeepTheSumOfAPoolWhenABackendLeaves) {
  const HeldPort vip(HeldPort::Kind::Shared);
  EchoServer old_one;
  EchoServer new_one;
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(old_one.address())})});
  const auto talk = [&] {
    TestSocket client = TestSocket::connect(vip.address());
    client.send("four");
    EXPECT_EQ(client.receive(4), "four");
    client.finish();
    EXPECT_EQ(client.end(), StreamEnd::Fin);
  };
  const std::string pool = "{vip=\"" + vip.address().to_string() + "/tcp\",pool=\"/app\"}";
  const auto sessions = [&] { return proxy.value("signpost_vipd_pool_sessions_total" + pool); };
  talk();
  EXPECT_TRUE(wait_until([&] { return sessions() == 1; }));
  proxy.serve({vip_at(vip.address(), {backend_at(new_one.address())})});
  EXPECT_EQ(sessions(), 1);
  EXPECT_EQ(proxy.metrics().find("backend=\"" + old_one.address().to_string()), std::string::npos);
  talk();
  EXPECT_TRUE(wait_until([&] { return sessions() == 2; }));
}

TEST(Metrics, ListNoMoreBackendsThanAsked) {
  const HeldPort vip(HeldPort::Kind::Shared);
  TestListener one;
  TestListener two;
  config::Vip options = Proxy::options();
  options.backend_metrics = 1;
  Proxy proxy(options);
  proxy.serve({vip_at(vip.address(), {backend_at(one.address()), backend_at(two.address())})});
  EXPECT_EQ(proxy.value("signpost_vipd_backends_unlisted"), 1);
  const std::string page = proxy.metrics();
  EXPECT_NE(page.find("signpost_vipd_pool_sessions_total"), std::string::npos);
  EXPECT_NE(page.find("backend=\"" + std::min(one.address(), two.address()).to_string()),
            std::string::npos);
  EXPECT_EQ(page.find("backend=\"" + std::max(one.address(), two.address()).to_string()),
            std::string::npos);
}

TEST(Metrics, PleasePrometheus) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs promtool";
  const HeldPort vip(HeldPort::Kind::Shared);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(vip.address())})});
  FILE* promtool = popen("promtool check metrics", "w");
  const std::string page = proxy.metrics();
  fwrite(page.data(), 1, page.size(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
}

}  // namespace
}  // namespace vipd
