#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>
#include <vector>

#include "tests/vipd/server/one_backend.h"
#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

/// One server takes over from another.
class Moved : public OneBackend {};

TEST_F(Moved, SessionsGoOn) {
  auto [client, backend] = connect();
  client.send("before");
  EXPECT_EQ(backend.receive(6), "before");
  for (int i = 0; i < 3; ++i) {
    proxy_.hand_over();
    client.send("question");
    EXPECT_EQ(backend.receive(8), "question");
    backend.send("answer");
    EXPECT_EQ(client.receive(6), "answer");
  }
  client.close();
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  backend.close();
  EXPECT_TRUE(wait_until([&] { return proxy_.ended("finished") == 1; }));
}

TEST_F(Moved, WhoWaitsAtTheDoorIsServedByTheNext) {
  std::vector<TestSocket> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(TestSocket::connect(vip_.address()));
    clients.back().send("hello");
    if (i % 10 == 5) proxy_.hand_over();
  }
  std::size_t served = 0;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    TestSocket backend = listener_.accept();
    // One that was being connected as the next took over is connected again.
    while (backend.receive(5) != "hello") backend = listener_.accept();
    backend.send("x");
    ++served;
  }
  EXPECT_EQ(served, clients.size());
  for (TestSocket& client : clients) EXPECT_EQ(client.receive(1), "x");
}

/// The receiver takes nothing until the next server has it: what was read and not passed on, also
/// in a pipe, moves along.
TEST_F(Moved, NoByteIsLostOrDoubled) {
  const std::string bytes = pattern(8 << 20);
  auto [client, backend] = connect();
  backend.set_receive_buffer(256 << 10);
  std::thread sender([&client = client, &bytes] {
    client.send(bytes);
    client.finish();
  });
  EXPECT_TRUE(backend.receive(100000) == bytes.substr(0, 100000));
  proxy_.hand_over();
  EXPECT_TRUE(backend.receive(3000000) == bytes.substr(100000, 3000000));
  proxy_.hand_over();
  EXPECT_TRUE(backend.receive_all() == bytes.substr(3100000));
  EXPECT_EQ(backend.last_end(), StreamEnd::Fin);
  sender.join();
}

TEST_F(Moved, HalfClosedSessionsStayHalfClosed) {
  auto [client, backend] = connect();
  client.send("question");
  client.finish();
  EXPECT_EQ(backend.receive_all(), "question");
  proxy_.hand_over();
  backend.send("answer");
  EXPECT_EQ(client.receive(6), "answer");
  backend.close();
  EXPECT_EQ(client.end(), StreamEnd::Fin);
}

TEST_F(Moved, AResetAmidItIsToldAfterwards) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  proxy_.hand_over();
  backend.reset();
  EXPECT_EQ(client.end(), StreamEnd::Reset);
}

/// The backend has left the table, and the VIP is gone: the session knows nothing of it.
TEST_F(Moved, SessionsOfWhatHasLeftGoOn) {
  auto [client, backend] = connect();
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  proxy_.serve({vip_at(vip_.address(), {})});
  proxy_.hand_over();
  client.send("y");
  EXPECT_EQ(backend.receive(1), "y");
  proxy_.serve({});
  proxy_.hand_over();
  client.send("z");
  EXPECT_EQ(backend.receive(1), "z");
  client.close();
  EXPECT_EQ(backend.end(), StreamEnd::Fin);
  backend.close();
  EXPECT_TRUE(wait_until([&] { return proxy_.value("signpost_vipd_vips") == 0; }));
}

TEST_F(Moved, ThereAreNeverFewerWorkers) {
  config::Vip one = Proxy::options();
  one.workers = 1;
  proxy_.hand_over(one);
  std::vector<TestSocket> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(TestSocket::connect(vip_.address()));
    clients.back().send("x");
    EXPECT_EQ(listener_.accept().receive(1), "x");
  }
}

TEST_F(Moved, MoreWorkersShareTheDoor) {
  config::Vip four = Proxy::options();
  four.workers = 4;
  auto [client, backend] = connect();
  client.send("w");  // What is not relaying yet is connected again by the next.
  EXPECT_EQ(backend.receive(1), "w");
  proxy_.hand_over(four);
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  for (int i = 0; i < 20; ++i) {
    TestSocket more = TestSocket::connect(vip_.address());
    more.send("y");
    EXPECT_EQ(listener_.accept().receive(1), "y");
  }
}

TEST_F(Moved, ADrainingServerServesWhomItHasAndRefusesOthers) {
  auto [client, backend] = connect();
  proxy_.drain();
  EXPECT_TRUE(wait_until([&] { return !TestSocket::connect(vip_.address()).connected(); }));
  client.send("x");
  EXPECT_EQ(backend.receive(1), "x");
  EXPECT_GT(proxy_.open_sessions(), 0U);
  client.close();
  backend.close();
  EXPECT_TRUE(wait_until([&] {
    listener_.count_waiting();  // Who came before the door was closed.
    return proxy_.open_sessions() == 0;
  }));
}

}  // namespace
}  // namespace vipd
