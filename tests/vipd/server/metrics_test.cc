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
