#include <gtest/gtest.h>

#include "tests/vipd/relay/client_hello.h"
#include "tests/vipd/server/proxy.h"

// TLS clients are led to VIPs by the server name they ask for.
namespace vipd {
namespace {

class Sni : public testing::Test {
 protected:
  void start(std::map<std::string, std::string> routes = {},
             milliseconds patience = milliseconds(20000)) {
    config::Vip options = Proxy::options();
    options.sni_listen = {front_.address()};
    options.sni_routes = std::move(routes);
    options.proxy_timeout = patience;
    proxy_ = std::make_unique<Proxy>(options);
  }
  watcher::Vip vip(const HeldPort& at, const TestListener& listener, const char* names) const {
    Backend backend = backend_at(listener.address());
    backend.options.server_names = names;
    return vip_at(at.address(), {backend});
  }
  void serve_both() {
    proxy_->serve({vip(shop_vip_, shop_, "shop.example.org,*.shop.example.org"),
                   vip(blog_vip_, blog_, "blog.example.org")});
  }
  /// A client that asks for a name at the front.
  TestSocket ask(const std::string& name) {
    TestSocket client = TestSocket::connect(front_.address());
    client.send(client_hello(name));
    return client;
  }
  static void expect_served(TestSocket client, TestListener& by, const std::string& hello) {
    TestSocket backend = by.accept();
    EXPECT_EQ(backend.receive(hello.size()), hello);
    backend.send("server hello");
    EXPECT_EQ(client.receive(12), "server hello");
  }

  const HeldPort front_{HeldPort::Kind::Shared};
  const HeldPort shop_vip_{HeldPort::Kind::Shared};
  const HeldPort blog_vip_{HeldPort::Kind::Shared};
  TestListener shop_;
  TestListener blog_;
  std::unique_ptr<Proxy> proxy_;
};

TEST_F(Sni, LeadsEachNameToItsVip) {
  start();
  serve_both();
  expect_served(ask("shop.example.org"), shop_, client_hello("shop.example.org"));
  expect_served(ask("a.shop.example.org"), shop_, client_hello("a.shop.example.org"));
  expect_served(ask("BLOG.example.org"), blog_, client_hello("BLOG.example.org"));
  const std::string front = "{vip=\"" + front_.address().to_string() + "/tcp\"}";
  const std::string shop = "{vip=\"" + shop_vip_.address().to_string() + "/tcp\"}";
  EXPECT_EQ(proxy_->value("signpost_vipd_connections_total" + front), 3);
  EXPECT_EQ(proxy_->value("signpost_vipd_connections_total" + shop), 2);
  EXPECT_EQ(proxy_->value("signpost_vipd_connections" + front), 0);
}

TEST_F(Sni, WaitsForAHelloInPieces) {
  start();
  serve_both();
  const std::string hello = client_hello("blog.example.org");
  TestSocket client = TestSocket::connect(front_.address());
  for (const char byte : hello) client.send({&byte, 1});
  expect_served(std::move(client), blog_, hello);
}

TEST_F(Sni, RefusesNamesThatNobodyHas) {
  start();
  serve_both();
  EXPECT_EQ(ask("other.example.org").end(), StreamEnd::Reset);
  EXPECT_EQ(ask("").end(), StreamEnd::Reset);
  TestSocket plain = TestSocket::connect(front_.address());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(plain.end(), StreamEnd::Reset);
  TestSocket brief = TestSocket::connect(front_.address());
  brief.send(client_hello("shop.example.org").substr(0, 20));
  brief.finish();
  EXPECT_EQ(brief.end(), StreamEnd::Reset);
  EXPECT_EQ(shop_.count_waiting() + blog_.count_waiting(), 0U);
  EXPECT_EQ(proxy_->ended("server_name"), 4);
}

TEST_F(Sni, RefusesClientsThatTakeTooLong) {
  start({}, milliseconds(100));
  serve_both();
  TestSocket client = TestSocket::connect(front_.address());
  client.send(client_hello("shop.example.org").substr(0, 20));
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_EQ(proxy_->ended("server_name"), 1);
}

TEST_F(Sni, FollowsRoutesOfTheConfiguration) {
  start({{"other.example.org", blog_vip_.address().to_string()},
         {"*", shop_vip_.address().to_string()}});
  serve_both();
  expect_served(ask("other.example.org"), blog_, client_hello("other.example.org"));
  expect_served(ask("unknown.example"), shop_, client_hello("unknown.example"));
  expect_served(ask(""), shop_, client_hello(""));
}

TEST_F(Sni, FollowsTheVips) {
  start();
  proxy_->serve({});
  EXPECT_EQ(ask("blog.example.org").end(), StreamEnd::Reset);
  serve_both();
  expect_served(ask("blog.example.org"), blog_, client_hello("blog.example.org"));
  proxy_->serve({vip(shop_vip_, shop_, "blog.example.org")});
  expect_served(ask("blog.example.org"), shop_, client_hello("blog.example.org"));
}

TEST_F(Sni, LeavesTheRestToAVipAtTheSameAddress) {
  start();
  proxy_->serve({vip(front_, shop_, ""), vip(blog_vip_, blog_, "blog.example.org")});
  expect_served(ask("blog.example.org"), blog_, client_hello("blog.example.org"));
  expect_served(ask("other.example.org"), shop_, client_hello("other.example.org"));
  proxy_->serve({vip(blog_vip_, blog_, "blog.example.org")});
  EXPECT_EQ(ask("other.example.org").end(), StreamEnd::Reset);
  expect_served(ask("blog.example.org"), blog_, client_hello("blog.example.org"));
}

}  // namespace
}  // namespace vipd
