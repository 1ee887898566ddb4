#include <gtest/gtest.h>

#include <thread>

#include "tests/vipd/server/one_backend.h"
#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

class Relay : public OneBackend {
 protected:
  using OneBackend::OneBackend;
};

TEST_F(Relay, CarriesBytesAndBothEnds) {
  auto [client, backend] = connect();
  client.send("hello");
  EXPECT_EQ(backend.receive(5), "hello");
  backend.send("welcome");
  EXPECT_EQ(client.receive(7), "welcome");
  client.finish();
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  backend.close();
  EXPECT_EQ(client.end(), StreamEnd::Fin);
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("finished") == 1; }));
}

TEST_F(Relay, LetsTheBackendSpeakFirst) {
  auto [client, backend] = connect();
  backend.send("220 ready\r\n");
  EXPECT_EQ(client.receive(11), "220 ready\r\n");
}

TEST_F(Relay, DeliversALateAnswerToAClientThatHasFinished) {
  const std::string answer = pattern(1 << 20);
  auto [client, backend] = connect();
  client.send("question");
  client.finish();
  EXPECT_EQ(backend.receive_all(), "question");
  std::thread sender([&backend = backend, &answer] {
    backend.send(answer);
    backend.close();
  });
  EXPECT_TRUE(client.receive_all() == answer);
  EXPECT_EQ(client.last_end(), StreamEnd::Fin);
  sender.join();
}

TEST_F(Relay, DeliversALateUploadToABackendThatHasFinished) {
  const std::string upload = pattern(100 * 1000);
  auto [client, backend] = connect();
  backend.send("answer");
  backend.finish();
  EXPECT_EQ(client.receive_all(), "answer");
  std::thread sender([&client = client, &upload] {
    client.send(upload);
    client.close();
  });
  EXPECT_TRUE(backend.receive_all() == upload);
  EXPECT_EQ(backend.last_end(), StreamEnd::Fin);
  sender.join();
}

TEST_F(Relay, PassesTheBackendsResetOn) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  backend.send(std::string(1000, 'a'));
  EXPECT_EQ(client.receive(1000).size(), 1000U);
  backend.reset();
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("backend_reset") == 1; }));
}

TEST_F(Relay, DeliversWhatCameBeforeAReset) {
  auto [client, backend] = connect();
  backend.send(std::string(1000, 'a'));
  backend.reset();
  EXPECT_EQ(client.receive_all(), std::string(1000, 'a'));
  EXPECT_EQ(client.last_end(), StreamEnd::Reset);
}

TEST_F(Relay, PassesTheClientsResetOn) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  client.reset();
  EXPECT_EQ(backend.end(), StreamEnd::Reset);
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("client_reset") == 1; }));
}

TEST_F(Relay, PassesAResetOnAfterFin) {
  auto [client, backend] = connect();
  client.finish();
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  client.reset();
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("client_reset") == 1; }));
  EXPECT_EQ(backend.send_some("y"), 0U);
}

TEST_F(Relay, CountsSessionsWithoutAByte) {
  for (int i = 0; i < 60; ++i) {
    auto [client, backend] = connect();
    client.close();
    EXPECT_EQ(backend.end(), StreamEnd::Fin);
  }
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("finished") == 60; }));
}

TEST_F(Relay, SurvivesBothEndsFinishingAtOnce) {
  for (int i = 0; i < 50; ++i) {
    auto [client, backend] = connect();
    client.finish();
    backend.finish();
    EXPECT_EQ(client.end(), StreamEnd::Fin);
    EXPECT_EQ(backend.end(), StreamEnd::Fin);
  }
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("finished") == 50; }));
}

TEST_F(Relay, CarriesMuchInBothDirectionsAtOnce) {
  const std::string up = pattern(8 << 20, 1);
  const std::string down = pattern(8 << 20, 2);
  auto [client, backend] = connect();
  std::thread uploads([&client = client, &up] {
    client.send(up);
    client.finish();
  });
  std::thread downloads([&backend = backend, &down] {
    backend.send(down);
    backend.finish();
  });
  std::thread reads([&backend = backend, &up] { EXPECT_TRUE(backend.receive_all() == up); });
  EXPECT_TRUE(client.receive_all() == down);
  for (std::thread* thread : {&uploads, &downloads, &reads}) thread->join();
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("finished") == 1; }));
  const std::string vip = "vip=\"" + vip_.address().to_string() + "/tcp\"";
  EXPECT_EQ(proxy_.value("signpost_vipd_bytes_total{" + vip + ",direction=\"upstream\"}"), 8 << 20);
}

TEST_F(Relay, HoldsBackASenderWhoseReaderIsSlow) {
  auto [client, backend] = connect();
  const std::string block = pattern(64 * 1024);
  // Full when nothing fits although the proxy has had every chance to take more.
  std::string sent;
  int full = 0;
  while (full < 1000 && sent.size() < (64U << 20)) {
    const std::size_t count = backend.send_some(block);
    sent += block.substr(0, count);
    full = count == 0 ? full + 1 : 0;
    std::this_thread::yield();
  }
  EXPECT_LT(sent.size(), 64U << 20) << "nobody held the sender back";
  backend.close();
  EXPECT_TRUE(client.receive_all() == sent);
  EXPECT_EQ(client.last_end(), StreamEnd::Fin);
}

TEST_F(Relay, CarriesBurstsAroundItsBufferSizes) {
  auto [client, backend] = connect();
  for (const std::size_t size : {(16U << 10) - 1,
                                 16U << 10,
                                 (16U << 10) + 1,
                                 (64U << 10) - 1,
                                 64U << 10,
                                 (64U << 10) + 1,
                                 (1U << 20) - 1,
                                 1U << 20,
                                 (1U << 20) + 1}) {
    const std::string burst = pattern(size, static_cast<unsigned>(size));
    std::thread sender([&client = client, &burst] { client.send(burst); });
    EXPECT_TRUE(backend.receive(size) == burst) << size;
    sender.join();
    backend.send("ok");
    EXPECT_EQ(client.receive(2), "ok");
  }
}

TEST_F(Relay, CarriesByteByByte) {
  auto [client, backend] = connect();
  const std::string bytes = pattern(2000);
  std::thread sender([&client = client, &bytes] {
    for (const char byte : bytes) client.send({&byte, 1});
    client.finish();
  });
  EXPECT_EQ(backend.receive_all(), bytes);
  sender.join();
}

TEST_F(Relay, ResetsWhatIsOpenWhenItStops) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  proxy_.stop();
  EXPECT_EQ(client.end(), StreamEnd::Reset);
  EXPECT_EQ(backend.end(), StreamEnd::Reset);
}

class IdleRelay : public Relay {
 protected:
  static config::Vip options() {
    config::Vip options = Proxy::options();
    options.idle_timeout = milliseconds(300);
    return options;
  }
  IdleRelay() : Relay(options()) {}
};

TEST_F(IdleRelay, EndsASessionThatNobodyUses) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  EXPECT_EQ(client.end(), StreamEnd::Fin);
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  EXPECT_EQ(proxy_.ended("idle"), 1);
}

TEST(RelayIpv6, CarriesBytesToAndFromIpv6) {
  const auto ip = *common::IpAddress::parse("::1");
  const UniqueFd probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  const socklen_t length = SocketAddress{ip, 0}.to_sockaddr(storage);
  if (bind(probe.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) {
    GTEST_SKIP() << "this host has no ::1";
  }
  const HeldPort vip(HeldPort::Kind::Shared, ip);
  TestListener listener(ip);
  Proxy proxy;
  proxy.serve({vip_at(vip.address(), {backend_at(listener.address())})});
  TestSocket client = TestSocket::connect(vip.address());
  TestSocket backend = listener.accept();
  client.send("six");
  EXPECT_EQ(backend.receive(3), "six");
}

}  // namespace
}  // namespace vipd
